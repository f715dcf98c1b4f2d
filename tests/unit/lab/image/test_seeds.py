"""The files by which a host finds the lab's package repository, or serves it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from yiwang.core.debian.sources import parse_deb822
from yiwang.lab.image.repository import Record, Repository, repository_packages, seed_client, seed_mirror

REPOSITORY = Repository("0123456789ab", Path("/nowhere"), b"keyring", Record("ba9876543210", datetime.now(UTC), 1, 1))


@pytest.mark.parametrize("url", ["http://59.255.8.2", "http://59.255.8.2/", "file:/srv/yiwang/mirror"])
def test_a_host_trusts_the_repository_by_its_own_key_and_has_no_other_source(url: str) -> None:
    seed = seed_client(REPOSITORY, url)

    (source,) = parse_deb822(seed["etc/apt/sources.list.d/yiwang-lab.sources"].content.decode())
    assert set(seed) == {"etc/apt/sources.list.d/yiwang-lab.sources", "etc/apt/keyrings/yiwang-lab.gpg"}
    assert source.get("URIs") == f"{url.rstrip('/')}/"
    assert source.get("Signed-By") == "/etc/apt/keyrings/yiwang-lab.gpg"
    assert seed["etc/apt/keyrings/yiwang-lab.gpg"].content == b"keyring"
    assert "trusted" not in str(source).lower()


def test_the_mirror_serves_from_the_start_and_says_what_it_stands_in_for() -> None:
    seed = seed_mirror(REPOSITORY)

    unit = seed["etc/systemd/system/yiwang-mirror.service"].content.decode()
    assert seed["etc/systemd/system/multi-user.target.wants/yiwang-mirror.service"].target == "../yiwang-mirror.service"
    assert "stands in" in unit
    assert "/srv/yiwang/mirror" in unit


def test_the_repository_has_what_roles_and_departments_install() -> None:
    assert {"auditd", "nginx", "postgresql", "prometheus", "restic", "mariadb-server"} <= set(repository_packages())
