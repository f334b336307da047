"""Digest: what a record's material fields say, as one number that votes are given on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from builder.record import Record, Value


def content_hash(record: Record, material: Iterable[str]) -> str:
    """What the material fields say, as a digest. A lines field stands for all values of its lines, ``lines.price`` for one of them;
    without material fields the whole record counts. Equal amounts written differently are equal."""
    return digest_of(record, {name: name for name in material})


def digest_of(record: Record, names: Mapping[str, str]) -> str:
    """``names``: how a field is called in the digest → its key now, so that renaming changes nothing."""
    names = names or {name: name for name in (*record.values, *record.lines)}
    told = [(called, _content(record, names[called])) for called in sorted(names)]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _content(record: Record, name: str) -> Any:
    head, _, rest = name.partition(".")
    if head in record.lines:
        lines = record.lines[head]
        if rest:
            return [_plain(line.get(rest)) for line in lines]
        return [{k: _plain(v) for k, v in line.values.items() if v is not None} for line in lines]
    return _plain(record.get(head))


def _plain(value: Value) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value
