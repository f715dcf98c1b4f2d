"""lldpd's configuration of a device: it speaks of its ports by their declared names."""

from __future__ import annotations

from collections.abc import Iterable

MANAGEMENT = "mgmt0"


def lldpd_file(hostname: str, description: str, ports: Iterable[tuple[str, str]]) -> str:
    """``lldpd.conf``; ``ports`` are pairs of the declared and the kernel's name."""
    lines = [
        f'configure system hostname "{_quotable(hostname)}"',
        f'configure system description "{_quotable(description)}"',
        f"configure system interface pattern *,!{MANAGEMENT}",
        "configure lldp tx-interval 5",
        "configure lldp tx-hold 3",
    ]
    for declared, kernel in ports:
        lines.append(f'configure ports {kernel} lldp portidsubtype local "{_quotable(declared)}"')
    return "".join(f"{line}\n" for line in lines)


def _quotable(text: str) -> str:
    return text.replace('"', "'").replace("\n", " ")
