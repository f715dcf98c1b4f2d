"""``web`` as a visitor from the internet sees it, through the outer zone's node to the one behind it."""

from __future__ import annotations

from subprocess import CompletedProcess

import pytest

from yiwang.deploy.engine.faults import DeployError
from yiwang.lab.fixtures import eventually

from .conftest import Services

pytestmark = pytest.mark.xdist_group("lab")

OUTER, INNER = "203.0.113.2", "10.131.0.2"
VISITOR = "10.71.0.6"
PAGES = "/srv/yiwang/web/portal"
HSTS = "strict-transport-security: max-age=31536000"
HIGHEST_EXPOSURE = 3.0
"""What `systemd-analyze security` may find at most, of ten."""


@pytest.fixture(scope="module", autouse=True)
def page(services: Services) -> None:
    """A page on the inner node."""
    services.node("proxy-1")
    web = services.node("web-1")
    web.run("sh", "-c", f"cat >{PAGES}/index.html; echo secret >{PAGES}/.htpasswd", input="<h1>鹤壁市政务服务</h1>\n")


def visit(services: Services, *arguments: str) -> CompletedProcess[str]:
    """What a visitor gets."""
    return services.bare("app-1").run("curl", "-sk", "--max-time", "10", *arguments, check=False)


def test_a_visitor_gets_the_page_through_the_outer_zone_over_tls(services: Services) -> None:
    found = visit(services, "-L", "-w", "%{url_effective} %{ssl_verify_result} %{http_version}", f"http://{OUTER}/")

    assert "鹤壁市政务服务" in found.stdout
    assert found.stdout.endswith(f"https://{OUTER}/ 18 2")


def test_a_visitor_does_not_reach_the_inner_node(services: Services) -> None:
    assert visit(services, f"https://{INNER}/").returncode == 28


def test_every_answer_has_the_headers_that_protect_it(services: Services) -> None:
    for path in ("", "missing"):
        headers = visit(services, "-I", f"https://{OUTER}/{path}").stdout.lower()

        for name in ("x-content-type-options", "x-frame-options", "referrer-policy", "content-security-policy"):
            assert headers.count(f"{name}:") == 1, (path, name, headers)
        assert "nginx/" not in headers


def test_hidden_files_and_other_methods_are_refused(services: Services) -> None:
    hidden = visit(services, f"https://{OUTER}/.htpasswd")
    traced = visit(services, "-X", "TRACE", "-o", "/dev/null", "-w", "%{http_code}", f"https://{OUTER}/")
    written = visit(services, "-X", "POST", "-o", "/dev/null", "-w", "%{http_code}", f"https://{OUTER}/")

    assert "secret" not in hidden.stdout
    assert traced.stdout == "405"
    assert written.stdout == "405"


def test_old_protocols_are_refused(services: Services) -> None:
    asked = f"openssl s_client -connect {OUTER}:443 -tls1_1 -cipher DEFAULT@SECLEVEL=0 </dev/null"

    assert services.bare("app-1", "openssl").run("sh", "-c", asked, check=False).returncode != 0


def test_the_inner_node_logs_where_the_visitor_came_from(services: Services) -> None:
    visit(services, "-H", "X-Forwarded-For: 1.2.3.4", f"https://{OUTER}/?trace=visitor")

    def logged() -> str:
        return services.node("web-1").run("journalctl", "-t", "web", "--no-pager", "-n", "50").stdout

    assert eventually(lambda: "trace=visitor" in logged(), seconds=10)
    assert [line for line in logged().splitlines() if "trace=visitor" in line and f" {VISITOR} " in line]


def test_a_flood_from_one_address_is_slowed_down(services: Services) -> None:
    urls = f"https://{OUTER}/?[1-400]"

    found = visit(services, "--parallel", "--parallel-max", "20", "-o", "/dev/null", "-w", "%{http_code}\n", urls)

    assert {"200", "429"} <= set(found.stdout.split())


def test_the_server_is_confined(services: Services) -> None:
    judged = services.node("web-1").run("systemd-analyze", "security", "--no-pager", "nginx.service").stdout.rstrip()

    assert float(judged.rsplit("\n", 1)[-1].split(": ")[1].split()[0]) <= HIGHEST_EXPOSURE


def test_a_site_with_a_certificate_of_an_authority_is_verified_and_remembered_by_browsers(services: Services) -> None:
    certificate, key = made_certificate(services, "www.hebi.example")
    services.bench.secrets.update({"vault:web/certificate": certificate, "vault:web/key": key})
    site = {"names": ["www.hebi.example"], "certificate": "vault:web/certificate", "private_key": "vault:web/key"}
    values = {"web": {"sites": {"portal": {}, "www": site}}}

    services.bench.apply("web-1", "web", values=values)
    asker = services.node("proxy-1")
    asker.run("sh", "-c", "cat >/tmp/ca.pem", input=certificate)
    words = ["--cacert", "/tmp/ca.pem", "--resolve", f"www.hebi.example:443:{INNER}", "https://www.hebi.example/"]
    # A reload lets the old processes answer for a moment.
    is_verified = eventually(lambda: HSTS in asker.run("curl", "-sI", *words, check=False).stdout.lower(), seconds=10)
    after = services.bench.changes("web-1", "web", values=values)
    services.bench.apply("web-1", "web")

    assert is_verified
    assert after == []


def made_certificate(services: Services, name: str) -> tuple[str, str]:
    """A certificate and its key."""
    node = services.node("web-1")
    make = f"openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN={name} -addext subjectAltName=DNS:{name}"
    node.run("sh", "-c", f"{make} -keyout /root/k -out /root/c 2>/dev/null")
    return node.run("cat", "/root/c").stdout, node.run("cat", "/root/k").stdout


def test_a_node_that_does_not_face_the_internet_cannot_be_a_web_server(services: Services) -> None:
    with pytest.raises(DeployError, match="E2013"):
        services.bench.specification("database-1", ("web",))
