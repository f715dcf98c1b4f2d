"""Database URLs: which are understood, and how they are shown without their password."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from yiwang.core.errors import DatabaseError, code
from yiwang.core.i18n import N_

if TYPE_CHECKING:
    from sqlalchemy import URL

BAD_URL = code(
    "E0301",
    N_('"{url}" is not a database URL: {reason}'),
    N_("write sqlite:////var/lib/yiwang/yiwang.db or postgresql://user@host/database in database.url"),
)

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}

# Greedy on purpose: a password may itself hold "@" or "/", and one letter too many masked harms nobody.
_IN_AUTHORITY = re.compile(r"(://[^:/@?]*:).*(@)", re.DOTALL)
_IN_QUERY = re.compile(r"([?&](?:[a-z]*password|passfile)=)[^&]*", re.IGNORECASE)


def masked_url(url: str) -> str:
    """The URL with every password replaced by ``***``."""
    return _IN_QUERY.sub(r"\1***", _IN_AUTHORITY.sub(r"\1***\2", url))


def shown_url(url: URL) -> str:
    """A parsed URL for people, without its password wherever it stands."""
    return masked_url(url.render_as_string(hide_password=True))


def parse_url(text: str) -> URL:
    """The SQLAlchemy URL with the driver that Yiwang uses.

    Raises:
        DatabaseError: not a URL, another database, or SQLite in memory (E0301).
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise DatabaseError(BAD_URL, url=masked_url(text), reason=N_("it cannot be read")) from error
    driver = DRIVERS.get(url.drivername) or (url.drivername if url.drivername in DRIVERS.values() else None)
    if driver is None:
        raise DatabaseError(BAD_URL, url=masked_url(text), reason=N_("only SQLite and PostgreSQL are supported"))
    if driver == "sqlite" and url.database in (None, "", ":memory:"):
        raise DatabaseError(BAD_URL, url=masked_url(text), reason=N_("the path of the SQLite file is missing"))
    return url.set(drivername=driver)
