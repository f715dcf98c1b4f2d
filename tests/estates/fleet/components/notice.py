"""A notice and a small service: enough for files, a service and a gate to be real."""

from io import StringIO

from pyinfra.operations import files, server, systemd

from yiwang.core.validation import Declared
from yiwang.deploy.component import Component, Gate, Secrets

UNIT = """[Unit]
Description=notice of the fleet
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
"""


class Spec(Declared):
    text: str = "authorised access only\n"
    breaks: bool = False
    seconds: float = 0


def deploy(spec: Spec, secrets: Secrets) -> None:
    if spec.seconds:
        server.shell(name="long", commands=[f"sleep {spec.seconds}"])
    files.put(name="notice", src=StringIO(spec.text), dest="/etc/issue.net", mode="644")
    unit = files.put(name="unit", src=StringIO(UNIT), dest="/etc/systemd/system/notice.service", mode="644")
    start = "/bin/false" if spec.breaks else "/bin/true"
    files.put(name="check", src=StringIO(f"#!/bin/sh\nexec {start}\n"), dest="/usr/local/bin/notice-check", mode="755")
    systemd.daemon_reload(name="units read", _if=unit.did_change)
    systemd.service(name="service", service="notice", running=True, enabled=True)


def gates(spec: Spec) -> tuple[Gate, ...]:
    return (Gate("service", {"unit": "notice"}), Gate("command", {"command": "/usr/local/bin/notice-check"}))


COMPONENT = Component("notice", "告示", Spec, deploy, gates=gates)
