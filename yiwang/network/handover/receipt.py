"""The receipt: a small JSON file with which the authority says that it has a package and could read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from yiwang.core.canonical import canonical
from yiwang.core.database.types import utc_now
from yiwang.core.validation import Declared
from yiwang.core.writing import write_files
from yiwang.network.handover.faults import NO_RECEIPT, HandoverError
from yiwang.network.handover.package import Digest, Package

MOST_BYTES = 65536


class Receipt(Declared):
    """Who received which package, when (ISO 8601)."""

    format: Literal["yiwang-receipt-1"] = "yiwang-receipt-1"
    package: Digest
    estate: str
    received: str
    by: Annotated[str, Field(min_length=1, max_length=120)]


def write_receipt(file: Path, package: Package, by: str) -> Receipt:
    """Write a receipt of a package that was verified.

    Raises:
        UsageError: the file cannot be written (E0130).
    """
    receipt = Receipt(
        package=package.digest,
        estate=package.manifest.estate,
        received=utc_now().isoformat(timespec="seconds"),
        by=by,
    )
    write_files({file: canonical(receipt.model_dump()).encode() + b"\n"})
    return receipt


def read_receipt(file: Path) -> Receipt:
    """A receipt from its file.

    Raises:
        HandoverError: it is none (E3434).
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise HandoverError(NO_RECEIPT, file=file, reason=f"> {MOST_BYTES >> 10} KiB")
        return Receipt.model_validate(json.loads(file.read_bytes()))
    except OSError as error:
        raise HandoverError(NO_RECEIPT, file=file, reason=error.strerror or error) from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise HandoverError(
            NO_RECEIPT, file=file, reason=f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        ) from None
    except (ValueError, RecursionError):
        raise HandoverError(NO_RECEIPT, file=file, reason="JSON") from None
