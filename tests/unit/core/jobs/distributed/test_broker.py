"""The broker's settings are refused where they would be unsafe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from yiwang.core.errors import SettingsError
from yiwang.core.jobs.distributed.broker import broker_of
from yiwang.core.settings import BrokerSettings, load_settings
from yiwang.core.vault.opening import no_vault
from yiwang.core.vault.secret import Secret


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    """Settings of a broker with TLS and a certificate."""
    for name in ("ca", "certificate", "key"):
        (tmp_path / name).touch()
    names = {name: tmp_path / name for name in ("ca", "certificate", "key")}
    return {"url": "amqps://broker.example/yiwang", "server_hostname": "broker.example", **names}


def test_a_certificate_is_login_enough(files: dict[str, Any]) -> None:
    broker = broker_of(BrokerSettings(**files), "site-1", no_vault)

    assert (broker.host, broker.port, broker.vhost, broker.user) == ("broker.example", 5671, "yiwang", "site-1")
    assert broker.connection().login_method == "EXTERNAL"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": ""}, "E0531"),
        ({"url": "https://broker.example"}, "E0531"),
        ({"url": "amqps://me:secret@broker.example"}, "E0531"),
        ({"url": "amqps://broker.example:port"}, "E0531"),
        ({"url": "amqp://broker.example"}, "E0532"),
        ({"ca": None}, "E0532"),
        ({"server_hostname": ""}, "E0532"),
        ({"ca": Path("/nowhere/ca.pem")}, "E0532"),
        ({"certificate": None}, "E0532"),
    ],
    ids=str,
)
def test_what_is_unsafe_or_incomplete_is_refused(files: dict[str, Any], change: dict[str, Any], code: str) -> None:
    with pytest.raises(SettingsError) as caught:
        broker_of(BrokerSettings(**(files | change)), "site-1", no_vault)

    assert caught.value.error.id == code
    assert "secret" not in str(caught.value)


def test_a_password_is_opened_from_its_reference_and_shown_nowhere(files: dict[str, Any]) -> None:
    settings = BrokerSettings(**(files | {"certificate": None, "key": None, "password": "vault:counties/1/broker"}))

    broker = broker_of(settings, "site-1", lambda reference: Secret(f"geheim {reference}"))

    assert broker.password == Secret("geheim vault:counties/1/broker")
    assert "geheim" not in f"{broker} {broker.connection().as_uri()}"


def test_a_password_in_a_file_that_others_may_read_is_refused(files: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("pass\n")
    file.chmod(0o644)
    settings = BrokerSettings(**(files | {"certificate": None, "password_file": file}))

    with pytest.raises(Exception, match="E0606"):
        broker_of(settings, "site-1", no_vault)


def test_files_in_a_settings_file_are_relative_to_it(tmp_path: Path) -> None:
    file = tmp_path / "worker.yaml"
    file.write_text("jobs: {broker: {ca: tls/ca.pem, certificate: tls/site.pem}}\n")

    broker = load_settings(file=file).settings.jobs.broker

    assert (broker.ca, broker.certificate) == (tmp_path / "tls/ca.pem", tmp_path / "tls/site.pem")
