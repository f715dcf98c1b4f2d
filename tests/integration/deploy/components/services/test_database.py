"""``database`` as applications use it: over the network, from where the estate says, with what they may."""

from __future__ import annotations

from subprocess import CompletedProcess

import pytest

from yiwang.core.vault.secret import Secret
from yiwang.deploy.components.postgresql.verifier import verifier
from yiwang.lab.fixtures import eventually

from .conftest import SECRETS, Services

pytestmark = pytest.mark.xdist_group("lab")

ADDRESS = "10.71.0.2"


def query(
    services: Services,
    sql: str,
    *,
    asker: str = "app-1",
    role: str = "population",
    password: str = "",
    ssl: str = "require",
) -> CompletedProcess[str]:
    """A query over the network; what psql said."""
    services.node("database-1")
    client = services.bare(asker, "postgresql-client-15")
    given = password or SECRETS[f"vault:database/{role}"]
    connection = f"host={ADDRESS} user={role} dbname=population sslmode={ssl} connect_timeout=5"
    script = 'read -r PGPASSWORD; export PGPASSWORD; exec psql -XAtq -c "$1" "$2"'
    return client.run("sh", "-c", script, "sh", sql, connection, input=f"{given}\n", check=False)


def administer(services: Services, sql: str, database: str = "postgres") -> str:
    """SQL as the server's own administrator."""
    command = ["runuser", "-u", "postgres", "--", "psql", "-XAtq", "-d", database, "-c", sql]
    return services.node("database-1").run("sh", "-c", 'cd / && exec "$@"', "sh", *command).stdout.strip()


def test_an_application_reads_and_writes_over_tls(services: Services) -> None:
    query(services, "CREATE TABLE IF NOT EXISTS person (name text)")
    query(services, "TRUNCATE person; INSERT INTO person VALUES ('张三')")

    found = query(services, "SELECT name FROM person")
    encrypted = query(services, "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")

    assert found.stdout == "张三\n", found.stderr
    assert encrypted.stdout == "t|TLSv1.3\n"


def test_nobody_comes_in_unencrypted_or_with_a_wrong_password(services: Services) -> None:
    unencrypted = query(services, "SELECT 1", ssl="disable")
    mistaken = query(services, "SELECT 1", password="wrong")

    assert "no encryption" in unencrypted.stderr
    assert "password authentication failed" in mistaken.stderr


def test_only_nodes_that_the_estate_names_as_clients_may_connect(services: Services) -> None:
    # In the same zone, so that the firewall lets it through, but no application runs there.
    stranger = query(services, "SELECT 1", asker="bigdata-1")
    exchange = query(services, "SELECT 1", asker="exchange-1")

    assert "no pg_hba.conf entry" in stranger.stderr
    assert exchange.stdout == "1\n", exchange.stderr


def test_a_role_that_reads_cannot_write(services: Services) -> None:
    query(services, "CREATE TABLE IF NOT EXISTS person (name text)")

    read = query(services, "SELECT count(*) >= 0 FROM person", role="report")
    written = query(services, "DELETE FROM person", role="report")

    assert read.stdout == "t\n", read.stderr
    assert "permission denied" in written.stderr


def test_a_client_that_pins_the_nodes_own_certificate_knows_whom_it_speaks_to(services: Services) -> None:
    certificate = services.node("database-1").run("cat", "/etc/yiwang/database/server.crt").stdout
    client = services.bare("app-1", "postgresql-client-15")
    client.run("sh", "-c", "mkdir -p /root/.postgresql && cat >/root/.postgresql/root.crt", input=certificate)

    pinned = query(services, "SELECT 1", ssl="verify-full")
    client.run("rm", "-r", "/root/.postgresql")

    assert pinned.stdout == "1\n", pinned.stderr


def test_what_administrators_do_goes_to_the_log(services: Services) -> None:
    administer(services, "CREATE TABLE trace_of_a_change (x int); DROP TABLE trace_of_a_change")

    def said() -> str:
        return services.node("database-1").run("journalctl", "-t", "postgres", "--no-pager", "-n", "50").stdout

    assert eventually(lambda: "AUDIT: SESSION" in said() and "CREATE TABLE trace_of_a_change" in said(), seconds=10)


def test_every_change_is_kept_for_the_backup(services: Services) -> None:
    part = administer(services, "CREATE TABLE IF NOT EXISTS kept (x int); SELECT pg_walfile_name(pg_switch_wal())")

    place = f"/var/lib/postgresql/15/archive/{part}"

    assert eventually(lambda: services.node("database-1").run("test", "-s", place, check=False).returncode == 0)


def test_a_password_that_was_changed_in_the_vault_is_the_only_change(services: Services) -> None:
    services.node("database-1")
    services.bench.secrets["vault:database/report"] = "rotated-2"
    try:
        changes = services.bench.changes("database-1", "database")
        services.bench.apply("database-1", "database")
        found = query(services, "SELECT 1", role="report", password="rotated-2")
    finally:
        services.bench.secrets["vault:database/report"] = "another-1"
        services.bench.apply("database-1", "database")

    assert changes == ["database: database role report"]
    assert found.stdout == "1\n", found.stderr


def test_the_server_never_sees_a_password(services: Services) -> None:
    kept = verifier("report", Secret("another-1"))

    found = administer(services, "SELECT rolpassword FROM pg_authid WHERE rolname = 'report'")
    secret = services.node("database-1").run("grep", "-rl", "another-1", "/etc", "/var/log", "/var/lib", check=False)

    assert found == kept
    assert secret.stdout == ""


def test_a_setting_that_needs_a_restart_is_in_force_after_one_apply(services: Services) -> None:
    services.node("database-1")
    values = {"database": {"max_connections": 50}}

    services.bench.apply("database-1", "database", values=values)
    found = administer(services, "SHOW max_connections")
    after = services.bench.changes("database-1", "database", values=values)
    services.bench.apply("database-1", "database")

    assert found == "50"
    assert after == []


def test_rights_that_somebody_gave_by_hand_are_found_and_taken_back(services: Services) -> None:
    services.node("database-1")
    administer(services, "GRANT CONNECT ON DATABASE population TO PUBLIC; ALTER ROLE report CREATEDB")

    changes = services.bench.changes("database-1", "database")
    services.bench.apply("database-1", "database")

    assert changes == ["database: database role report", "database: database population"]
    assert services.bench.changes("database-1", "database") == []
