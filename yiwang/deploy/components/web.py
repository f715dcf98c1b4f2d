"""``web``: nginx for what the public sees, static or in front of applications; only where a zone faces the internet."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator
from pyinfra.operations import apt, files

from yiwang.core.address import IpAddress
from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared, Flag
from yiwang.core.vault.reference import SecretRef
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components.host.peer import with_role
from yiwang.deploy.components.operations import certificate, service
from yiwang.deploy.components.operations.configuration import Configuration, written
from yiwang.deploy.components.operations.sample import no_sample_site
from yiwang.inventory.model.names import Name

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate
    from yiwang.inventory.model import Node

HOME = "/etc/yiwang/web"
STATIC_POLICY = "default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
PROXY_POLICY = "frame-ancestors 'self'"

HostName = Annotated[str, Field(pattern=r"^(\*\.)?[A-Za-z0-9.-]+$")]
Upstream = Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?$")]


class Proxy(Declared):
    """Requests that are handed on to an application."""

    path: str = Field("/", pattern=r"^/[\w./-]*$", description=N_("beginning of the path"))
    to: tuple[Upstream, ...] = Field(
        min_length=1, description=N_("who answers, such as https://10.1.1.10; several share the load")
    )
    authority: SecretRef | None = Field(
        None, description=N_("reference to the certificate that vouches for who answers; none: encrypted, not verified")
    )
    name: str = Field(
        "", pattern=r"^[A-Za-z0-9.-]*$", description=N_("name in the certificate of who answers, with an authority")
    )

    @model_validator(mode="after")
    def _all_are_alike(self) -> Self:
        if len({each.partition(":")[0] for each in self.to}) > 1:
            raise ValueError(N_("all of them https, or all of them http"))
        if self.authority and not self.name:
            raise ValueError(N_("an authority needs the name in the certificate of who answers"))
        return self


class WebSite(Declared):
    """A site."""

    names: tuple[HostName, ...] = Field((), description=N_("names by which it is asked for; empty: any other name"))
    folder: str = Field(
        "", pattern=r"^$|^/[\w/.-]+$", description=N_("folder of its pages; default: of its name below /srv/yiwang/web")
    )
    proxies: tuple[Proxy, ...] = Field((), description=N_("paths that are handed on to applications"))
    certificate: SecretRef | None = Field(
        None,
        description=N_("reference to its certificate with those that vouch for it; none: the node makes one itself"),
    )
    private_key: SecretRef | None = Field(None, description=N_("reference to the certificate's private key"))
    content_security_policy: str | None = Field(
        None,
        pattern=r"^[^\"\\\n$]*$",
        description=N_("what its pages may load; default: a strict one; empty: none is sent"),
    )
    body_mib: int = Field(20, ge=1, le=4096, description=N_("largest request body, in MiB"))


class Web(Declared):
    """Values of ``web``."""

    faces_internet: Flag = Field(description=N_("whether the node's zone faces the internet; web stands nowhere else"))
    name: Name = Field(description=N_("name in certificates that the node makes"))
    addresses: tuple[str, ...] = Field((), description=N_("addresses in certificates that the node makes"))
    sites: dict[Name, WebSite] = Field(description=N_("sites by name"))
    trusted_proxies: tuple[IpAddress, ...] = Field(
        (), description=N_("web nodes of the zone before, whose word on where a visitor comes from counts")
    )
    requests_per_second: int = Field(
        50, ge=1, description=N_("most requests a second from one address, with bursts of twice as many")
    )
    connections: int = Field(50, ge=1, description=N_("most connections from one address"))

    @model_validator(mode="after")
    def _stands_where_it_may(self) -> Self:
        if not self.faces_internet:
            raise ValueError(N_("web stands only in zones that face the internet, such as public"))
        if sum(not site.names for site in self.sites.values()) > 1:
            raise ValueError(N_("only one site may be without names"))
        return self


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """One site; a node of the outer zone hands everything on to the web nodes of the zone behind it."""
    own = estate.nodes[name]
    behind = [str(node.addresses[zone].ip) for zone, node in _behind(estate, own.zone)]
    proxies = [{"path": "/", "to": [f"https://{each}" for each in behind]}] if behind else []
    return {
        "faces_internet": own.zone in estate.zones and estate.zones[own.zone].internet,
        "name": name,
        "addresses": [str(each.ip) for each in own.addresses.values()],
        "trusted_proxies": [str(each.ip) for node in _before(estate, name) for each in node.addresses.values()],
        "sites": {"portal": {"proxies": proxies}},
    }


def _behind(estate: Estate, own: str) -> Iterator[tuple[str, Node]]:
    for flow in estate.zones[own].may_open if own in estate.zones else ():
        if flow.through == "direct" and "tcp/443" in flow.services:
            yield from ((flow.to, node) for node in with_role(estate, "web") if flow.to in node.addresses)


def _before(estate: Estate, name: str) -> Iterator[Node]:
    for other in with_role(estate, "web"):
        if any(node is estate.nodes[name] for _, node in _behind(estate, other.zone)):
            yield other


def deploy(spec: Web, secrets: Secrets) -> None:
    """Confinement first, so that the server never runs without it; then certificates, sites, server."""
    confined = written(
        _("confinement of the web server"),
        "web/nginx.service.conf",
        "/etc/systemd/system/nginx.service.d/50-yiwang.conf",
    )
    sample = no_sample_site()
    apt.packages(name=_("packages of the web server"), packages=["nginx", "openssl"], no_recommends=True)
    reads = [sample, confined]
    for name, site in spec.sites.items():
        reads += _site_files(name, site, spec, secrets)
    reads.append(
        written(
            _("web sites"),
            "web/nginx.conf.j2",
            "/etc/nginx/conf.d/yiwang-web.conf",
            spec=spec,
            sites=[_words(name, site) for name, site in spec.sites.items()],
            has_default=any(not site.names for site in spec.sites.values()),
        )
    )
    service.running(name=_("web server"), service="nginx", reads=tuple(reads), check="nginx -t -q", apply="reload")


def _place(name: str) -> certificate.Place:
    return certificate.Place(f"{HOME}/{name}")


def _folder(name: str, site: WebSite) -> str:
    return site.folder or f"/srv/yiwang/web/{name}"


def _site_files(name: str, site: WebSite, spec: Web, secrets: Secrets) -> Iterator[Configuration]:
    files.directory(name=_("pages of {site}").format(site=name), path=_folder(name, site), mode="755")
    if site.certificate and site.private_key:
        yield from certificate.given(_place(name), site.certificate, site.private_key, secrets)
    else:
        yield from certificate.own(_place(name), spec.name, spec.addresses)
    for number, proxy in enumerate(site.proxies):
        if proxy.authority:
            path = f"{HOME}/{name}/authority-{number}.pem"
            title = _("who vouches for {path} of {site}").format(path=proxy.path, site=name)
            content = io.StringIO(secrets(proxy.authority).reveal())
            yield Configuration(path, files.put(name=title, src=content, dest=path, mode="644"))


def _words(name: str, site: WebSite) -> dict[str, Any]:
    """A site as the template tells it."""
    usual = PROXY_POLICY if site.proxies else STATIC_POLICY
    policy = usual if site.content_security_policy is None else site.content_security_policy
    return {
        "name": name,
        "names": list(site.names),
        "folder": _folder(name, site),
        "proxies": [_proxy(name, number, proxy) for number, proxy in enumerate(site.proxies)],
        "certificate": _place(name).certificate,
        "key": _place(name).key,
        "policy": policy,
        "body_mib": site.body_mib,
        # A browser that has once heard it never again accepts a certificate that nobody vouches for.
        "is_vouched_for": site.certificate is not None,
    }


def _proxy(name: str, number: int, proxy: Proxy) -> dict[str, Any]:
    scheme = proxy.to[0].partition(":")[0]
    servers = [each.partition("://")[2] for each in proxy.to]
    port = ":443" if scheme == "https" else ":80"
    return {
        "path": proxy.path,
        "scheme": scheme,
        "upstream": f"yiwang-{name}-{number}",
        "servers": [each if ":" in each else each + port for each in servers],
        "authority": f"{HOME}/{name}/authority-{number}.pem" if proxy.authority else "",
        "name": proxy.name,
    }


def gates(spec: Web) -> tuple[Gate, ...]:
    """It answers, sends everybody to TLS, and its certificates hold."""
    return (
        Gate("service", {"unit": "nginx"}),
        Gate("http", {"url": "http://127.0.0.1/", "status": 301}),
        Gate("tcp", {"port": 443}),
        *(Gate("certificate", {"path": _place(name).certificate}) for name in spec.sites),
    )


COMPONENT = Component(
    name="web",
    title=N_("web server"),
    spec=Web,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.3.2", "8.1.4.3", "8.1.4.4", "8.1.4.7", "8.1.4.8"),
)
