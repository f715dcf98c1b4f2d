"""How the broker is reached: address, login and TLS from the settings, checked once."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from yiwang.core.errors import JobError, SettingsError, code
from yiwang.core.i18n import N_
from yiwang.core.jobs.distributed.topology import VHOST
from yiwang.core.vault.keys import read_key

if TYPE_CHECKING:
    from kombu import Connection

    from yiwang.core.settings import BrokerSettings
    from yiwang.core.vault.opening import OpenSecret
    from yiwang.core.vault.secret import Secret

NOT_INSTALLED = code(
    "E0530",
    N_("the distributed executor needs {module}, which is not installed"),
    N_("install it from the package source: pip install 'yiwang[distributed]'"),
)
BAD_URL = code(
    "E0531",
    N_("jobs.broker.url cannot be used: {reason}"),
    N_("write amqps://HOST:5671/yiwang; who logs in follows from the role, the password from the vault or a file"),
)
INSECURE = code(
    "E0532",
    N_("the broker at {host} cannot be spoken to safely: {reason}"),
    N_("set jobs.broker.ca and jobs.broker.server_hostname, and begin jobs.broker.url with amqps://"),
    N_(
        "Steps and what they return cross the network between sites, so only TLS is used, and both the authority and "
        "the name of the broker are checked. Without TLS only a broker on this machine itself is spoken to."
    ),
)
UNREACHABLE = code(
    "E0534",
    N_("the broker at {host} cannot be reached as {user}: {reason}"),
    N_("check jobs.broker.*, that the broker runs, and that `yiwang broker plan` has nothing left to do"),
)

PORTS = {"amqp": 5672, "amqps": 5671}
CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Tls:
    """What a TLS connection to the broker is checked against, and one's own certificate."""

    ca: Path
    server_hostname: str
    certificate: Path | None = None
    key: Path | None = None

    def options(self) -> dict[str, Any]:
        """The options of a connection."""
        return {
            "cert_reqs": ssl.CERT_REQUIRED,
            "ca_certs": str(self.ca),
            # Without it the library accepts a certificate of any host.
            "server_hostname": self.server_hostname,
            "certfile": str(self.certificate) if self.certificate else None,
            "keyfile": str(self.key) if self.key else None,
        }


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker and the login there; without a password the certificate tells who one is."""

    host: str
    port: int
    vhost: str
    user: str
    password: Secret | None = None
    tls: Tls | None = None
    heartbeat_seconds: int = 10

    def connection(self, **options: Any) -> Connection:
        """A connection that is not open yet; the password stands in no URL that could be shown."""
        from kombu import Connection

        return Connection(
            hostname=self.host,
            port=self.port,
            virtual_host=self.vhost,
            userid=self.user,
            password=self.password.reveal() if self.password else "",
            login_method="PLAIN" if self.password else "EXTERNAL",
            ssl=self.tls.options() if self.tls else False,
            transport="pyamqp",
            heartbeat=self.heartbeat_seconds,
            connect_timeout=CONNECT_SECONDS,
            **options,
        )

    def require(self) -> None:
        """Raise JobError (E0534) when nobody can log in there."""
        try:
            with self.connection() as connection:
                connection.connect()
        except Exception as error:
            raise self.unreachable(error) from error

    def unreachable(self, error: Exception) -> JobError:
        """The coded error for a failure to connect (E0534)."""
        return JobError(UNREACHABLE, host=f"{self.host}:{self.port}", user=self.user, reason=str(error) or repr(error))


class Wire:
    """An open connection with one channel, from one thread; every call may fail with nearly any exception."""

    def __init__(self, broker: Broker, **options: Any) -> None:
        self._connection = broker.connection(**options)
        self._connection.connect()
        # Kept, since asking a broken connection for it would make a new one.
        self._transport = self._connection.connection.transport
        self.channel: Any = self._connection.channel()

    def drain(self, timeout_seconds: float) -> None:
        """Handle what comes next, and keep the heartbeat; raises TimeoutError when nothing came."""
        try:
            self._connection.drain_events(timeout=timeout_seconds)
        except TimeoutError:
            self._connection.heartbeat_check()
            raise

    def close(self) -> None:
        """Close it in good order."""
        self._connection.release()

    def abandon(self) -> None:
        """Let go of it without a goodbye, whose answer TLS would wait for on a link that is cut."""
        socket, self._transport.sock = self._transport.sock, None
        if socket is not None:
            socket.close()


def require_installed() -> None:
    """Raise JobError (E0530) when the extra ``distributed`` is not installed."""
    try:
        import celery  # noqa: F401
    except ImportError as error:
        raise JobError(NOT_INSTALLED, module="celery") from error


def broker_of(settings: BrokerSettings, user: str, secrets: OpenSecret) -> Broker:
    """The broker of the settings for one login.

    Raises:
        JobError: Celery is not installed (E0530).
        SettingsError: the address cannot be used (E0531), or TLS is missing or incomplete (E0532).
        VaultError: the password cannot be opened.
    """
    require_installed()
    scheme, host, port, vhost = _address(settings.url)
    tls = _tls(settings, scheme, host)
    password = _password(settings, user, secrets)
    if password is None and (tls is None or tls.certificate is None):
        raise SettingsError(INSECURE, host=host, reason=N_("neither a password nor a certificate is set"))
    return Broker(host, port, vhost, user, password, tls, settings.heartbeat_seconds)


def _address(url: str) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingsError(BAD_URL, reason=str(error)) from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise SettingsError(BAD_URL, reason=N_("it does not name a broker") if url else N_("it is empty"))
    if parts.username is not None or parts.password is not None:
        raise SettingsError(BAD_URL, reason=N_("it holds a user or a password"))
    vhost = unquote(parts.path.removeprefix("/")) or VHOST
    return parts.scheme, parts.hostname, port or PORTS[parts.scheme], vhost


def _tls(settings: BrokerSettings, scheme: str, host: str) -> Tls | None:
    if scheme == "amqp":
        if not _is_here(host):
            raise SettingsError(INSECURE, host=host, reason=N_("the address says amqp, which is without TLS"))
        return None
    if settings.ca is None:
        raise SettingsError(INSECURE, host=host, reason=N_("the authority of its certificate is not set"))
    if not settings.server_hostname:
        raise SettingsError(INSECURE, host=host, reason=N_("the name in its certificate is not set"))
    for file in (settings.ca, settings.certificate, settings.key):
        if file is not None and not file.is_file():
            raise SettingsError(INSECURE, host=host, reason=f"{file}: ?")
    return Tls(settings.ca, settings.server_hostname, settings.certificate, settings.key)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _password(settings: BrokerSettings, user: str, secrets: OpenSecret) -> Secret | None:
    if settings.password:
        return secrets(settings.password)
    if settings.password_file:
        return read_key(settings.password_file, user)
    return None
