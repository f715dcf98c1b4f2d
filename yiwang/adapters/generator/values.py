"""Values for fields, drawn from what their declarations take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random

from yiwang.adapters.identifiers.citizen import Citizen
from yiwang.adapters.identifiers.licence import LicenceId
from yiwang.adapters.identifiers.organisation import ALPHABET, Entity, organisation_check
from yiwang.adapters.records.catalogue import catalogue
from yiwang.adapters.records.declaration import RecordField
from yiwang.inventory.division_history import terms
from yiwang.inventory.divisions import upper_divisions

POOL = 400
"""Names, companies and addresses that are made before they are drawn: making each anew would take most of the time."""
DIGITS = "0123456789"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
FIRST_DAY, LAST_DAY = date(2016, 1, 4), date(2024, 12, 31)
EARLIEST_BIRTH = date(1935, 1, 1)
BIRTHS = 70 * 365


class Values:
    """Draws values; the same seed and region draw the same ones."""

    def __init__(self, seed: int, region: str) -> None:
        self.random = Random(seed)  # noqa: S311 - made-up records, no secrets
        self._seed = seed
        prefix = region.rstrip("0") if not region.endswith("0000") else region[:2]
        known = (code for code in upper_divisions() if code.startswith(prefix))
        self.divisions = [code for code in known if terms()[code].since is None] or [region]

    @cached_property
    def pools(self) -> Mapping[str, Sequence[str]]:
        """Texts by what they are."""
        from faker import Faker

        faker = Faker("zh_CN", use_weighting=False)
        faker.seed_instance(self._seed)
        makers: dict[str, Callable[[], str]] = {
            "name": faker.name,
            "company": faker.company,
            "address": faker.address,
            "text": lambda: faker.sentence(nb_words=8),
        }
        return {kind: [make() for _each in range(POOL)] for kind, make in makers.items()}

    def digits(self, count: int) -> str:
        """So many digits."""
        return "".join(self.random.choices(DIGITS, k=count))

    def text(self, field: RecordField) -> str:
        """A text that a field takes."""
        if field.codes:
            return self.random.choice(sorted(catalogue().codes(field)))
        if field.identifier:
            return self.identifier(field.identifier)
        if field.pattern:
            return self._of_pattern(field.pattern)
        if field.mask in ("name", "address"):
            return self.random.choice(self.pools[field.mask])[: field.longest]
        kind = "company" if field.longest == 200 else "text"
        return self.random.choice(self.pools[kind])[: field.longest]

    def _of_pattern(self, pattern: str) -> str:
        """Patterns of the catalogue come in few kinds, and whoever adds one is told by the tests to add it here."""
        known: dict[str, Callable[[], str]] = {
            "[0-9A-Za-z._-]+": lambda: f"{self.random.choice(self.divisions)}{self.digits(14)}",
            "[0-9A-Z]+": lambda: self.digits(20),
            "[0-9]{2}": lambda: f"{self.random.randint(1, 56):02}",
            "[0-9a-f]{64}": lambda: f"{self.random.getrandbits(256):064x}",
            "[^/]+[.](?:ofd|pdf)": lambda: f"{self.digits(12)}.ofd",
            "[0-9A-HJ-NPQRTUWXY]{18}[0-9]{3}": lambda: f"{self.entity()}{self.digits(3)}",
            "[A-T](?:[0-9]{2,4})?": lambda: f"{self.random.choice('ABCDEFGHIJKLMNOPQRST')}{self.digits(2)}",
            "[1-3][0-9]{0,12}/[0-9]{1,8}": lambda: f"3{self.digits(8)}/{self.digits(6)}",
        }
        if pattern in known:
            return known[pattern]()
        return self.random.choice(pattern.split("|"))

    def identifier(self, kind: str) -> str:
        """A valid identifier of a kind."""
        made: dict[str, Callable[[], str]] = {
            "citizen-id": lambda: self.citizen().text,
            "credit-code": self.entity,
            "organisation-code": self.organisation,
            "licence-id": self.licence,
            "division-code": lambda: self.random.choice(self.divisions),
            "matter-code": lambda: f"{self.entity()}4{self.divisions[0][:2]}01{self.digits(8)}",
            "matter-code-db52": lambda: f"XK{self.digits(8)}",
            "matter-code-local": lambda: f"{self.digits(4)}-A-{self.digits(5)}",
            "project-code": self.project,
            "phone": lambda: f"13{self.digits(9)}",
        }
        return made[kind]()

    def citizen(self) -> Citizen:
        """A citizen's number."""
        birth = EARLIEST_BIRTH + timedelta(days=self.random.randrange(BIRTHS))
        return Citizen(self.random.choice(self.divisions), birth, self.random.randrange(1000))

    def organisation(self) -> str:
        """An organisation code."""
        body = "MA" + "".join(self.random.choices(ALPHABET, k=6))
        return body + organisation_check(body)

    def entity(self) -> str:
        """A credit code."""
        return Entity("9", "1", self.random.choice(self.divisions), self.organisation()).text

    def licence(self) -> str:
        """A licence's identifier."""
        return LicenceId(f"{self.entity()}{self.digits(3)}", self.entity(), self.digits(11), "001").text

    def project(self) -> str:
        """An investment project's code."""
        year = self.random.randint(FIRST_DAY.year, LAST_DAY.year)
        return f"{year}-{self.random.choice(self.divisions)}-{self.digits(2)}-03-{self.digits(6)}"

    def moment(self) -> datetime:
        """A moment in the hours when offices are open."""
        day = FIRST_DAY + timedelta(days=self.random.randrange((LAST_DAY - FIRST_DAY).days))
        return datetime(day.year, day.month, day.day, 9) + timedelta(seconds=self.random.randrange(8 * 3600))  # noqa: DTZ001
