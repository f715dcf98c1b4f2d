"""Departments' other servers: files, mail, messages and interfaces, used as an adapter on the exchange node would."""

import ftplib
import io
import json
import os
import smtplib
import ssl
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paramiko
import pytest

from yiwang.inventory.loading.load import load
from yiwang.lab.credentials import own_vault
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import eventually, lab_name, raised_lab
from yiwang.lab.lab import Lab, _set_namespace
from yiwang.lab.wiring import NETNS

pytestmark = pytest.mark.xdist_group("lab")

ESTATE = Path(__file__).parents[3] / "estates" / "departments"
SERVERS = ("archive", "archive-return", "meteorology", "letters", "queue", "portal", "forestry")
CHINESE = "豫鹤林许〔2017〕3号"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    yield from raised_lab(load(ESTATE).require(), Request(lab_name("services"), servers=SERVERS))


@contextmanager
def standing_on(lab: Lab, node: str) -> Iterator[None]:
    """This thread works in the network of a node."""
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(NETNS / lab.layout.namespace(node), os.O_RDONLY)
    try:
        _set_namespace(there)
        yield
    finally:
        _set_namespace(own)
        os.close(there)
        os.close(own)


def password(lab: Lab, adapter: str) -> str:
    return own_vault(lab.folder.secrets).open(f"adapters/{adapter}").reveal()


def address(lab: Lab, server: str) -> str:
    return lab.machine(server).host.addresses[0]


@contextmanager
def sftp(lab: Lab, user: str, secret: str) -> Iterator[paramiko.SFTPClient]:
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        with standing_on(lab, "exchange-1"):
            client.connect(
                address(lab, "archive"), username=user, password=secret, allow_agent=False, look_for_keys=False
            )
        with client.open_sftp() as session:
            yield session


def test_files_left_by_one_account_are_fetched_by_another_over_sftp(lab: Lab) -> None:
    with sftp(lab, "returner", password(lab, "archive-return")) as session:
        session.putfo(io.BytesIO(CHINESE.encode("gbk")), "/data/回执.xml")

    with sftp(lab, "ferry", password(lab, "archive")) as session:
        assert session.listdir("/data") == ["回执.xml"]
        with session.open("/data/回执.xml") as file:
            assert file.read().decode("gbk") == CHINESE


def test_an_adapter_that_reads_cannot_leave_a_file_over_sftp(lab: Lab) -> None:
    with sftp(lab, "ferry", password(lab, "archive")) as session, pytest.raises(PermissionError):
        session.putfo(io.BytesIO(b""), "/data/other.xml")


def test_an_account_for_files_sees_nothing_of_the_host_and_gets_no_shell(lab: Lab) -> None:
    with sftp(lab, "ferry", password(lab, "archive")) as session:
        assert session.listdir("/") == ["data"]
        channel = session.get_channel().get_transport().open_session()  # type: ignore[union-attr]
        channel.exec_command("id")
        assert b"uid=" not in channel.recv(100)


def test_a_wrong_password_is_refused_over_sftp(lab: Lab) -> None:
    with pytest.raises(paramiko.AuthenticationException), sftp(lab, "ferry", "wrong"):
        pass


def test_files_go_and_come_over_ftp_on_the_declared_port(lab: Lab) -> None:
    content = io.BytesIO()
    with standing_on(lab, "exchange-1"), ftplib.FTP(encoding="gbk", timeout=10) as session:
        session.connect(address(lab, "meteorology"), 2121)
        session.login("ferry", password(lab, "meteorology"))
        session.storbinary("STOR 预报.xml", io.BytesIO(CHINESE.encode()))
        names = session.nlst()
        session.retrbinary("RETR 预报.xml", content.write)

    assert names == ["预报.xml"]
    assert content.getvalue().decode() == CHINESE


def test_a_wrong_password_is_refused_over_ftp(lab: Lab) -> None:
    with standing_on(lab, "exchange-1"), ftplib.FTP(timeout=10) as session:
        session.connect(address(lab, "meteorology"), 2121)
        with pytest.raises(ftplib.error_perm, match="530"):
            session.login("ferry", "wrong")


@contextmanager
def mail(lab: Lab) -> Iterator[smtplib.SMTP]:
    unverified = ssl.create_default_context()
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    with standing_on(lab, "exchange-1"), smtplib.SMTP(address(lab, "letters"), 25, timeout=10) as session:
        session.starttls(context=unverified)
        yield session


def test_a_message_is_kept_whoever_it_is_for(lab: Lab) -> None:
    message = f"Subject: receipt\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{CHINESE}\r\n".encode()

    with mail(lab) as session:
        session.login("notices", password(lab, "letters"))
        session.sendmail("notices@letters", ["someone@elsewhere.example"], message)

    def kept() -> str:
        return lab.machine("letters").run("sh", "-c", "cat /var/mail/department/new/* 2>/dev/null || true").stdout

    assert eventually(lambda: CHINESE in kept())


def test_a_message_without_the_accounts_password_is_refused(lab: Lab) -> None:
    with mail(lab) as session, pytest.raises(smtplib.SMTPAuthenticationError):
        session.login("notices", "wrong")

    with mail(lab) as session, pytest.raises(smtplib.SMTPException):
        session.sendmail("notices@letters", ["someone@elsewhere.example"], b"Subject: none\r\n\r\n")


def test_a_message_queue_gives_back_what_was_put_into_it(lab: Lab) -> None:
    amqp = pytest.importorskip("amqp")
    with standing_on(lab, "exchange-1"):
        connection = amqp.Connection(
            f"{address(lab, 'queue')}:5672", userid="bridge", password=password(lab, "queue"), virtual_host="queue"
        )
        with connection:
            channel = connection.channel()
            channel.basic_publish(amqp.Message(CHINESE), routing_key="queue")
            assert eventually(lambda: (found := channel.basic_get("queue", no_ack=True)) and found.body == CHINESE)


def test_a_wrong_password_is_refused_by_the_message_queue(lab: Lab) -> None:
    amqp = pytest.importorskip("amqp")
    target = {"userid": "bridge", "password": "wrong", "virtual_host": "queue"}

    with standing_on(lab, "exchange-1"), pytest.raises(amqp.exceptions.AccessRefused):
        amqp.Connection(f"{address(lab, 'queue')}:5672", **target).connect()


def http(lab: Lab, server: str, path: str, *, secret: str = "", **words: Any) -> bytes:
    request = urllib.request.Request(f"http://{address(lab, server)}{path}", **words)
    if secret:
        request.add_header("Authorization", f"Basic {b64encode(f'reader:{secret}'.encode()).decode()}")
    with standing_on(lab, "exchange-1"), urllib.request.urlopen(request, timeout=10) as answer:
        content: bytes = answer.read()
    return content


def test_an_interface_without_a_declared_account_keeps_records_and_lists_them(lab: Lab) -> None:
    record = json.dumps({"number": CHINESE}, ensure_ascii=False).encode()

    http(lab, "desk-1-2", "/records/2017/3.json", data=record, method="PUT")

    assert json.loads(http(lab, "desk-1-2", "/records/2017/"))[0]["name"] == "3.json"
    assert http(lab, "desk-1-2", "/records/2017/3.json") == record


def test_an_interface_with_a_declared_account_wants_its_password(lab: Lab) -> None:
    for secret in ("", "wrong"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            http(lab, "forestry", "/service?wsdl", secret=secret)

    assert b"<definitions" in http(lab, "forestry", "/service?wsdl", secret=password(lab, "forestry"))


def test_an_interface_that_is_only_read_takes_no_records(lab: Lab) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403"):
        http(lab, "forestry", "/records/1.json", secret=password(lab, "forestry"), data=b"{}", method="PUT")


def test_a_soap_request_is_answered_with_a_receipt(lab: Lab) -> None:
    envelope = b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body/></soap:Envelope>'
    words = {"data": envelope, "headers": {"Content-Type": "text/xml", "SOAPAction": "submit"}}

    answer = http(lab, "forestry", "/service", secret=password(lab, "forestry"), **words).decode()

    assert "<code>0</code>" in answer
    assert "urn:department:forestry" in answer


def test_every_server_runs_without_a_failed_unit(lab: Lab) -> None:
    names = [host.name for host in lab.layout.hosts if host.kind == "server"]

    states = {name: lab.machine(name).run("systemctl", "is-system-running", "--wait").stdout.strip() for name in names}

    assert states == dict.fromkeys(names, "running")
