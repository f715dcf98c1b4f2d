"""``yiwang lab personality``: a vendor's command line on loopback, to try programs and tests on."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.lab import lab
from yiwang.cli.output import Format, FormatOption
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.lab.personality.serving import Personality


@lab.command("personality", help=_("Serve a vendor's command line over SSH on this machine, until Ctrl-C."))
def personality(
    platform: Annotated[
        str,
        typer.Argument(
            metavar="PLATFORM", help=_("huawei_vrp, hp_comware, ruijie_os, zte_zxros, cisco_ios or cisco_xe.")
        ),
    ],
    configuration: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help=_("The configuration to begin with, such as a collected one; default: a small one."),
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help=_("TCP port; 0: any free one."))] = 0,
    hostname: Annotated[str, typer.Option(help=_("The device's name in the small configuration."))] = "",
    user: Annotated[str, typer.Option(help=_("Who may log in; only root can name another account."))] = "",
    candidate: Annotated[
        bool, typer.Option("--candidate", help=_("Collect changes until they are committed, as VRP 8 does."))
    ] = False,
    format: FormatOption = Format.table,
) -> None:
    """Serve until the operator ends it."""
    from yiwang.lab.personality.serving import Fake, serve

    text = configuration.read_text("utf-8", "replace") if configuration else ""
    fake = Fake(configuration=text, hostname=hostname, user=user, port=port, is_candidate=candidate)
    signal.signal(signal.SIGTERM, _end)
    try:
        with serve(platform, fake) as served:
            _show(served, format)
            output.note(_("this is a personality, not the vendor's software; Ctrl-C ends it and forgets its changes"))
            while True:
                signal.pause()
    except KeyboardInterrupt:
        return


def _end(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _show(served: Personality, format: Format) -> None:
    row: dict[str, Any] = {
        "platform": served.platform,
        "host": served.host,
        "port": served.port,
        "user": served.user,
        "key": str(served.key),
        "known_hosts": str(served.known_hosts),
        "netmiko": served.netmiko["device_type"],
        "command": served.command,
    }
    if format is not Format.table:
        output.document("personality", [row])
        return
    lines = (
        (_("platform"), row["platform"]),
        (_("address"), f"{served.host}:{served.port}"),
        (_("user"), row["user"]),
        (_("private key"), row["key"]),
        (_("log in with"), row["command"]),
    )
    for heading, value in lines:
        output.line(f"{heading}: {value}")
