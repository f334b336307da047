"""Filters as rows: ``{"and": [{"field", "op", "value"}]}`` as what people pick, and back. What rows cannot say stays JSON. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from builder.designer.sentences.conditions import indexes
from builder.errors import InvalidError, Problem

Form = Mapping[str, Sequence[str]]
OPS = (
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "not_in",
    "contains",
    "starts_with",
    "is_empty",
    "not_empty",
    "within",
    "between",
)
BARE = frozenset({"is_empty", "not_empty"})
MANY = frozenset({"in", "not_in", "between"})
PLACES = ("record", "payload")
"""What a value may be taken from: the record at hand, the message from outside."""
WHOLE = re.compile(r"-?[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class FilterRow:
    """One condition. ``values`` are JSON texts of what it compares with."""

    field: str
    op: str = "="
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """``source`` is the JSON of a filter that rows cannot say."""

    joined: Literal["and", "or"] = "and"
    rows: tuple[FilterRow, ...] = ()
    source: str = ""


def rows_of(where: Mapping[str, Any] | None) -> Rows:
    """The rows of a filter; composing them gives an equal filter again."""
    if not where:
        return Rows()
    joined: Literal["and", "or"] = "or" if "or" in where else "and"
    items = where.get(joined) if set(where) == {joined} else [where]
    found = [_row(item) for item in items or ()]
    rows = Rows(joined, tuple(r for r in found if r is not None))
    if None in found or composed(rows) != where:
        return Rows(source=json.dumps(where, ensure_ascii=False))
    return rows


def _row(item: Any) -> FilterRow | None:
    if not isinstance(item, Mapping) or not {"field", "op"} <= set(item) <= {"field", "op", "value"}:
        return None
    value, op = item.get("value"), str(item["op"])
    values = () if "value" not in item else tuple(value) if isinstance(value, list | tuple) else (value,)
    return FilterRow(str(item["field"]), op, values)


def composed(rows: Rows) -> dict[str, Any] | None:
    """The filter of the rows; one row alone is not wrapped."""
    if rows.source:
        found: dict[str, Any] = json.loads(rows.source)
        return found
    items = [_item(row) for row in rows.rows if row.field and (row.op in BARE or row.values)]
    if not items:
        return None
    return items[0] if len(items) == 1 and rows.joined == "and" else {rows.joined: items}


def _item(row: FilterRow) -> dict[str, Any]:
    if row.op in BARE:
        return {"field": row.field, "op": row.op}
    value: Any = list(row.values) if row.op in MANY else row.values[0]
    return {"field": row.field, "op": row.op, "value": value}


def to_form(where: Mapping[str, Any] | None, prefix: str) -> dict[str, list[str]]:
    rows = rows_of(where)
    if rows.source:
        return {f"{prefix}.source": [rows.source]}
    form: dict[str, list[str]] = {f"{prefix}.joined": [rows.joined]}
    for index, row in enumerate(rows.rows):
        at = f"{prefix}.{index}"
        form |= {f"{at}.field": [row.field], f"{at}.op": [row.op]}
        name = place_of(row)
        form[f"{at}.kind"] = [name] if name else []
        form[f"{at}.value"] = [str(v[name]) if name else value_text(v) for v in row.values]
    return form


def place_of(row: FilterRow) -> str:
    """Where the row takes its one value from; empty: it is said."""
    value = row.values[0] if len(row.values) == 1 else None
    return next((name for name in PLACES if isinstance(value, Mapping) and set(value) == {name}), "")


def placed(row: FilterRow, known: Sequence[str]) -> FilterRow:
    """A value of the record at hand is one that the record has."""
    name = row.values[0].get("record")
    return (
        row
        if name is None or name in known
        else replace(row, values=({"record": known[0] if known else "id"},))
    )


def value_text(value: Any) -> str:
    """A value as a form holds it: words as they are, everything else as JSON."""
    return (
        value if isinstance(value, str) and not _looks_typed(value) else json.dumps(value, ensure_ascii=False)
    )


def _looks_typed(text: str) -> bool:
    return text in {"true", "false", "null"} or bool(WHOLE.fullmatch(text)) or text[:1] in {"{", "[", '"'}


def value_from(text: str) -> Any:
    if not _looks_typed(text):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def from_form(form: Form, prefix: str) -> dict[str, Any] | None:
    """The filter that a form says; None: no filter."""
    return composed(rows_from(form, prefix))


def rows_from(form: Form, prefix: str) -> Rows:
    """The rows that a form says."""
    source = _one(form, f"{prefix}.source")
    if source:
        return Rows(source=json.dumps(_parsed(source, prefix), ensure_ascii=False))
    rows = []
    for index in indexes(form, prefix):
        at = f"{prefix}.{index}"
        if not _one(form, f"{at}.gone"):
            name = _one(form, f"{at}.kind")
            given = [v for v in form.get(f"{at}.value", ()) if v]
            values = tuple({name: v} if name in PLACES else value_from(v) for v in given)
            if name == "text" and values and isinstance(values[0], dict):
                values = ()
            rows.append(FilterRow(_one(form, f"{at}.field"), _one(form, f"{at}.op") or "=", values))
    joined: Any = _one(form, f"{prefix}.joined") or "and"
    return Rows(joined, tuple(rows))


def _parsed(source: str, prefix: str) -> dict[str, Any]:
    try:
        found = json.loads(source)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidError(problems=[Problem("E001", f"/{prefix.replace('.', '/')}", {"line": 1})])
    return found


def _one(form: Form, key: str) -> str:
    values = form.get(key, ())
    return values[-1] if values else ""
