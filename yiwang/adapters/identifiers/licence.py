"""电子证照标识 (GB/T 36904): root.type.issuer.serial.version.check.

The type is the credit code of the agency that defined it and 3 digits; the check character is that of
ISO 7064 MOD 37,36 over type, issuer, serial and version without the dots.
"""

from __future__ import annotations

from dataclasses import dataclass

from yiwang.adapters.identifiers.identifier import Identifier
from yiwang.adapters.identifiers.organisation import CREDIT_PATTERN
from yiwang.core.i18n import N_

ROOT = "1.2.156.3005.2"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MOST_SERIAL = 40
PATTERN = (
    rf"1\.2\.156\.3005\.2\.{CREDIT_PATTERN}[0-9]{{3}}\.{CREDIT_PATTERN}\.[0-9A-Z]{{1,{MOST_SERIAL}}}"
    r"\.[0-9A-Z]{3}\.[0-9A-Z]"
)


@dataclass(frozen=True, slots=True)
class LicenceId:
    """The parts of a licence's identifier: ``type`` has 21 characters, ``version`` 3."""

    type: str
    issuer: str
    serial: str
    version: str

    @property
    def text(self) -> str:
        """The identifier with its root and its check character."""
        check = mod_37_36(f"{self.type}{self.issuer}{self.serial}{self.version}")
        return f"{ROOT}.{self.type}.{self.issuer}.{self.serial}.{self.version}.{check}"


def mod_37_36(body: str) -> str:
    """The check character of ISO 7064 MOD 37,36 for digits and capital letters."""
    product = 36
    for each in body:
        product = (product + int(each, 36)) % 36 or 36
        product = 2 * product % 37
    return ALPHABET[(37 - product) % 36]


def read_licence(text: str) -> LicenceId:
    """The parts of a valid identifier."""
    return LicenceId(*text.removeprefix(f"{ROOT}.").split(".")[:4])


LICENCE = Identifier(
    "licence-id",
    N_("electronic licence's identifier"),
    "GB/T 36904",
    PATTERN,
    f"{ROOT}.11100000000013338W011.11430000006122244L.20230000403.001.U",
    lambda text: read_licence(text).text == text,
)
