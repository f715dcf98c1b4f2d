"""Only where packages come from: the mirror that the estate declares, signed by the key that it declares."""

import io
from typing import Any

from pyinfra.operations import files, server

from yiwang.core.validation import Declared
from yiwang.deploy.component import Component, Secrets
from yiwang.deploy.components.host import package


class Sources(Declared):
    """Values of ``sources``."""

    mirror: str = ""
    mirror_key: str = ""


def deploy(spec: Any, secrets: Secrets) -> None:
    """The mirror's key and the package source."""
    if not spec.mirror_key:
        return
    files.put(name="key of the mirror", src=io.StringIO(spec.mirror_key), dest=package.KEYRING, mode="644")
    source = f"Types: deb\nURIs: {spec.mirror}\nSuites: ./\nSigned-By: {package.KEYRING}\n"
    made = files.put(name="package source", src=io.StringIO(source), dest=package.SOURCE, mode="644")
    server.shell(name="package lists", commands=["apt-get -q update --error-on=any"], _if=made.did_change)


COMPONENT = Component("sources", "package sources", Sources, deploy, package.derive)
