"""The JSON Schema of a record, for departments and for tools."""

from __future__ import annotations

from typing import Any

from yiwang.adapters.records.border import model
from yiwang.adapters.records.catalogue import find_record


def json_schema(name: str) -> dict[str, Any]:
    """The schema of a record (draft 2020-12): shapes and codes; check digits and rules about several fields by name.

    Raises:
        NotFoundError: there is no such record (E4001).
    """
    record = find_record(name)
    rules = {key: {"zh": rule.zh, "en": rule.en, "fields": list(rule.fields)} for key, rule in record.rules.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:yiwang:record:{record.name}:{record.version}",
        **model(name).model_json_schema(),
        "title": record.zh,
        "version": record.version,
        "key": list(record.key),
        "rules": rules,
    }
