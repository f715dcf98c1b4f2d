"""``monitor`` and ``node-exporter``: nodes, devices and addresses are really asked, and what fails is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from yiwang.lab.fixtures import eventually

from .conftest import Services

pytestmark = pytest.mark.xdist_group("lab")

VALUES = {
    "monitor": {"interval_seconds": 2, "alarm_seconds": 0, "webhooks": ["http://127.0.0.1:9999/alarm"]},
}
HEAR = """
import http.server
class Hear(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        said = self.rfile.read(int(self.headers["Content-Length"]))
        open("/root/alarms", "ab").write(said + b"\\n")
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", 9999), Hear).serve_forever()
"""


@pytest.fixture(scope="module")
def monitor(services: Services) -> Iterator[Services]:
    """The monitor, impatient, with somebody who hears its alarms; one node that it watches."""
    services.node("web-1")
    services.node("monitor-1")
    node = services.bench.node("monitor-1")
    node.run("systemd-run", "-q", "--unit=hear", "--collect", "python3", "-c", HEAR)
    services.bench.apply("monitor-1", "monitor", values=VALUES)
    yield services
    node.run("systemctl", "stop", "hear")
    services.bench.apply("monitor-1", "monitor")


def value(services: Services, query: str) -> str:
    """The answer of Prometheus to a query that has one; empty where it has none."""
    asked = ["curl", "-sfG", "--data-urlencode", f"query={query}", "http://127.0.0.1:9090/api/v1/query"]
    answer = services.bench.node("monitor-1").run(*asked, check=False).stdout or '{"data": {"result": []}}'
    found: dict[str, Any] = json.loads(answer)
    results = found["data"]["result"]
    return str(results[0]["value"][1]) if results else ""


def test_a_node_tells_of_itself_through_its_firewall(monitor: Services) -> None:
    assert eventually(lambda: value(monitor, 'up{job="yiwang-nodes",instance="web-1"}') == "1", seconds=30)
    assert value(monitor, 'node_uname_info{node="web-1",nodename="web-1",zone="public"}') == "1"


def test_nobody_else_may_ask_a_node(monitor: Services) -> None:
    asked = ["curl", "-s", "--max-time", "3", "http://10.131.0.2:9100/metrics"]

    assert monitor.bare("app-1").run(*asked, check=False).returncode == 28


def test_a_device_is_read_over_snmp_with_its_own_credentials(monitor: Services) -> None:
    states = 'count(ifOperStatus{job="yiwang-devices",instance="core-1",ifName=~"eth.*"} == 1)'

    assert eventually(lambda: value(monitor, states) == "10", seconds=60), value(monitor, states)


def test_every_address_is_pinged(monitor: Services) -> None:
    pinged = 'probe_success{job="yiwang-ping",instance="core-1"}'

    assert eventually(lambda: value(monitor, pinged) == "1", seconds=30)


def test_what_fails_is_told_and_so_is_its_end(monitor: Services) -> None:
    web = monitor.node("web-1")
    assert eventually(lambda: value(monitor, 'up{job="yiwang-nodes",instance="web-1"}') == "1", seconds=30)
    web.run("systemctl", "stop", "prometheus-node-exporter")

    # What joins others of its kind is told with them, a minute later at most.
    told = eventually(lambda: "web-1 没有指标" in heard(monitor), seconds=120)
    web.run("systemctl", "start", "prometheus-node-exporter")

    assert told, heard(monitor)
    assert eventually(lambda: value(monitor, 'ALERTS{alertname="YiwangSilent",node="web-1"}') == "", seconds=30)


def heard(services: Services) -> str:
    return services.bench.node("monitor-1").run("cat", "/root/alarms", check=False).stdout


def test_nothing_of_it_listens_to_the_network(monitor: Services) -> None:
    listening = monitor.bench.node("monitor-1").run(
        "ss", "-Hlnt", "sport = :9090 or sport = :9093 or sport = :9115 or sport = :9116"
    )

    places = {line.split()[3].rpartition(":")[0] for line in listening.stdout.splitlines()}

    assert places == {"127.0.0.1"}, listening.stdout


def test_a_new_target_is_watched_without_a_restart(monitor: Services) -> None:
    node = monitor.bench.node("monitor-1")
    before = node.run("systemctl", "show", "-p", "ExecMainStartTimestampMonotonic", "prometheus").stdout
    more = [{"targets": ["127.0.0.1:9100"], "labels": {"node": "newcomer"}}]
    values = {"monitor": {**VALUES["monitor"], "nodes": more}}

    changes = monitor.bench.changes("monitor-1", "monitor", values=values)
    monitor.bench.apply("monitor-1", "monitor", values=values)
    is_watched = eventually(lambda: value(monitor, 'up{instance="newcomer"}') == "1", seconds=30)
    monitor.bench.apply("monitor-1", "monitor", values=VALUES)

    assert changes == ["monitor: targets: nodes"]
    assert is_watched
    assert node.run("systemctl", "show", "-p", "ExecMainStartTimestampMonotonic", "prometheus").stdout == before
