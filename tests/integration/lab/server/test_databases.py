"""Departments' databases answer their exchange nodes as the adapters declare them, and nobody else."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yiwang.core.vault.secret import Secret
from yiwang.inventory.loading.load import load
from yiwang.lab.credentials import own_vault
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import eventually, lab_name, raised_lab
from yiwang.lab.lab import Lab
from yiwang.lab.server.password import mysql_hash, scram_verifier
from yiwang.lab.wiring import NETNS

pytestmark = pytest.mark.xdist_group("lab")

ESTATE = Path(__file__).parents[3] / "estates" / "departments"
HOUSING, PORT = "172.31.8.5", "13306"
CHINESE = "鹤壁市淇滨区住房和城乡建设局·堃"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    yield from raised_lab(load(ESTATE).require(), Request(lab_name("databases"), servers=("all",)))


@dataclass(frozen=True)
class Session:
    """A department's server as an account on an exchange node, or elsewhere, sees it."""

    lab: Lab
    node: str
    server: str
    account: str
    secret: str

    def password(self) -> str:
        return own_vault(self.lab.folder.secrets).open(f"adapters/{self.secret}").reveal()

    def run(self, *command: str, password: str | None = None, input: str = "") -> subprocess.CompletedProcess[str]:
        """The server's own client program, in the network of the node."""
        network = NETNS / self.lab.layout.namespace(self.node)
        root = self.lab.machine(self.server).disk.root
        given = self.password() if password is None else password
        return subprocess.run(
            ["nsenter", f"--net={network}", "chroot", str(root), *command],
            env={"PATH": "/usr/sbin:/usr/bin:/bin", "MYSQL_PWD": given, "PGPASSWORD": given, "PGCONNECT_TIMEOUT": "3"},
            input=input,
            capture_output=True,
            text=True,
            check=False,
        )

    def mariadb(self, statement: str, password: str | None = None) -> subprocess.CompletedProcess[str]:
        words = ("-h", HOUSING, "-P", PORT, "-u", self.account, "--connect-timeout=3", "-BN")
        return self.run(
            "mariadb", *words, "--default-character-set=utf8mb4", "zjsp", "-e", statement, password=password
        )

    def postgresql(self, statement: str, password: str | None = None) -> subprocess.CompletedProcess[str]:
        address = self.lab.machine(self.server).host.addresses[0]
        target = f"host={address} user={self.account} dbname={self.server}"
        return self.run("psql", "-qtAX", target, "-c", statement, password=password)


def reader(lab: Lab) -> Session:
    return Session(lab, "exchange-1", "housing", "reader", "housing")


def writer(lab: Lab) -> Session:
    return Session(lab, "exchange-2", "housing", "writer", "housing-return")


def water(lab: Lab) -> Session:
    return Session(lab, "exchange-1", "water", "writer", "water")


def statistics(lab: Lab) -> Session:
    return Session(lab, "exchange-1", "statistics", "reader", "statistics")


def test_an_adapter_that_reads_sees_what_the_department_wrote(lab: Lab) -> None:
    lab.machine("housing").run(
        "mariadb", "zjsp", "-e", "CREATE OR REPLACE TABLE seen (a INT); INSERT INTO seen VALUES (7)"
    )
    owner = ("runuser", "-u", "postgres", "--", "psql", "-qd", "statistics", "-c")
    lab.machine("statistics").run(*owner, "DROP TABLE IF EXISTS seen; CREATE TABLE seen AS SELECT 7")

    found = reader(lab).mariadb("SELECT a FROM seen"), statistics(lab).postgresql("SELECT * FROM seen")

    assert [each.stdout + each.stderr for each in found] == ["7\n", "7\n"]


def test_an_adapter_that_reads_cannot_write(lab: Lab) -> None:
    lab.machine("housing").run("mariadb", "zjsp", "-e", "CREATE OR REPLACE TABLE kept (a INT)")
    owner = ("runuser", "-u", "postgres", "--", "psql", "-qd", "statistics", "-c")
    lab.machine("statistics").run(*owner, "CREATE TABLE IF NOT EXISTS kept (a INT)")

    refused = (
        reader(lab).mariadb("INSERT INTO kept VALUES (1)"),
        statistics(lab).postgresql("INSERT INTO kept VALUES (1)"),
    )

    assert "denied" in refused[0].stderr
    assert "permission denied" in refused[1].stderr


def test_an_adapter_that_returns_data_writes_them(lab: Lab) -> None:
    lab.machine("housing").run("mariadb", "zjsp", "-e", "CREATE OR REPLACE TABLE returned (a INT)")
    owner = ("runuser", "-u", "postgres", "--", "psql", "-qd", "water", "-c")
    lab.machine("water").run(*owner, "DROP TABLE IF EXISTS returned; CREATE TABLE returned (n SERIAL, a INT)")

    writer(lab).mariadb("INSERT INTO returned VALUES (3)")
    water(lab).postgresql("INSERT INTO returned (a) VALUES (3)")

    assert writer(lab).mariadb("SELECT a FROM returned").stdout == "3\n"
    assert water(lab).postgresql("SELECT n, a FROM returned").stdout == "1|3\n"


def test_two_adapters_of_one_system_meet_at_one_server(lab: Lab) -> None:
    lab.machine("housing").run("mariadb", "zjsp", "-e", "CREATE OR REPLACE TABLE met (a INT)")

    writer(lab).mariadb("INSERT INTO met VALUES (5)")

    assert reader(lab).mariadb("SELECT a FROM met").stdout == "5\n"


def test_a_wrong_password_is_refused(lab: Lab) -> None:
    refused = reader(lab).mariadb("SELECT 1", "wrong"), water(lab).postgresql("SELECT 1", "wrong")

    assert "Access denied" in refused[0].stderr
    assert "password authentication failed" in refused[1].stderr


# What the environment of a client program can carry.
PASSWORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=24)


@settings(max_examples=40, deadline=None)
@given(password=PASSWORDS)
@example(password="ﬁn·密 码ª")
@example(password="a\u200bb\u00adc")
@example(password="\u00ad")
@example(password="שלום1")
def test_the_servers_take_any_password_by_the_hashes_that_the_lab_makes(lab: Lab, password: str) -> None:
    verifier, native = scram_verifier(Secret(password)), mysql_hash(Secret(password))
    owner = ("runuser", "-u", "postgres", "--", "psql", "-qd", "water")
    lab.machine("water").run(
        *owner,
        input=f"SET client_min_messages = error; DROP ROLE IF EXISTS passer;"
        f"CREATE ROLE passer LOGIN PASSWORD '{verifier}'",
    )
    lab.machine("housing").run(
        "mariadb",
        input=f"CREATE OR REPLACE USER passer IDENTIFIED BY PASSWORD '{native}';GRANT SELECT ON zjsp.* TO passer",
    )

    found = (
        Session(lab, "exchange-1", "water", "passer", "").postgresql("SELECT 1", password),
        Session(lab, "exchange-1", "housing", "passer", "").mariadb("SELECT 1", password),
    )

    assert [each.stdout + each.stderr for each in found] == ["1\n", "1\n"]


def test_no_other_node_reaches_a_departments_server(lab: Lab) -> None:
    elsewhere = [
        Session(lab, "desk-1", "housing", "reader", "housing").mariadb("SELECT 1"),
        Session(lab, "desk-1", "water", "writer", "water").postgresql("SELECT 1"),
        Session(lab, "exchange-2", "water", "writer", "water").postgresql("SELECT 1"),
    ]

    assert all(each.returncode for each in elsewhere)
    assert not any("denied" in each.stderr or "authentication" in each.stderr for each in elsewhere)


def test_a_gbk_database_gives_chinese_text_back(lab: Lab) -> None:
    lab.machine("housing").run("mariadb", "zjsp", "-e", "CREATE OR REPLACE TABLE words (a VARCHAR(99))")

    writer(lab).mariadb(f"INSERT INTO words VALUES ('{CHINESE}')")

    assert reader(lab).mariadb("SELECT a FROM words").stdout == f"{CHINESE}\n"
    stored = f"{CHINESE.encode('gbk').hex().upper()}\tgbk\n"
    assert reader(lab).mariadb("SELECT HEX(a), CHARSET(a) FROM words").stdout == stored


def test_an_account_that_is_declared_to_speak_gbk_does(lab: Lab) -> None:
    owner = ("runuser", "-u", "postgres", "--", "psql", "-qd", "statistics")
    statement = f"DROP TABLE IF EXISTS words; CREATE TABLE words AS SELECT '{CHINESE}'::text;"
    lab.machine("statistics").run(*owner, input=statement)

    spoken = statistics(lab).postgresql("SHOW client_encoding").stdout

    assert spoken == "GBK\n"
    assert statistics(lab).run("sh", "-c", gbk_query(lab)).stdout == f"{CHINESE.encode('gbk').hex()}0a\n"


def gbk_query(lab: Lab) -> str:
    address = lab.machine("statistics").host.addresses[0]
    target = f"host={address} user=reader dbname=statistics"
    return f"psql -qtAX '{target}' -c 'SELECT * FROM words' | od -An -v -tx1 | tr -d ' \\n'; echo"


def test_an_exchange_node_knows_its_servers_by_their_declared_names(lab: Lab) -> None:
    known = lab.machine("exchange-1").run("getent", "ahostsv4", "db.tongji.local").stdout

    assert known.split()[0] == lab.machine("statistics").host.addresses[0]


def test_no_password_is_kept_in_a_server(lab: Lab) -> None:
    passwords = [session(lab).password() for session in (reader, writer, water, statistics)]
    disks = [lab.machine(name).disk.upper for name in ("housing", "water", "statistics")]

    found = subprocess.run(
        ["grep", "-rlF", "-f", "-", *map(str, disks)],
        input="\n".join(passwords),
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.stdout == ""
    assert not any((disk / "etc/yiwang/setup").exists() for disk in disks)


def test_servers_keep_their_data_over_a_restart(lab: Lab) -> None:
    lab.machine("housing").run(
        "mariadb", "zjsp", "-e", "CREATE OR REPLACE TABLE stays (a INT); INSERT INTO stays VALUES (9)"
    )
    owner = ("runuser", "-u", "postgres", "--", "psql", "-qd", "water", "-c")
    lab.machine("water").run(*owner, "DROP TABLE IF EXISTS stays; CREATE TABLE stays AS SELECT 9 AS a")

    lab.machine("housing").run("systemctl", "reboot")
    lab.machine("water").stop()
    lab.machine("water").start()

    assert eventually(lambda: reader(lab).mariadb("SELECT a FROM stays").stdout == "9\n")
    assert eventually(lambda: water(lab).postgresql("SELECT a FROM stays").stdout == "9\n")


def test_a_server_is_reached_again_when_its_cable_was_out(lab: Lab) -> None:
    port = ["ip", "-n", lab.layout.namespace("exchange-1"), "link", "set", "dept0"]

    subprocess.run([*port, "down"], check=True)
    without = reader(lab).mariadb("SELECT 1")
    subprocess.run([*port, "up"], check=True)

    assert without.returncode
    assert eventually(lambda: reader(lab).mariadb("SELECT 1").stdout == "1\n")


def test_servers_run_without_a_failed_unit(lab: Lab) -> None:
    def states() -> list[str]:
        names = ("housing", "water", "statistics")
        return [lab.machine(name).run("systemctl", "is-system-running", check=False).stdout for name in names]

    assert eventually(lambda: states() == ["running\n"] * 3), states()
