"""Rows: reference data that travels with an app, edited cell by cell. Pure."""

from __future__ import annotations

import json
from typing import Any

from builder.designer.edits.change import Changes, body_of, inserted, with_value, without
from builder.errors import InvalidError, Problem
from builder.metadata.kinds import NodeName, Nodes, place
from builder.metadata.places import Parts

MANY = frozenset({"multi_choice", "multi_reference", "tags"})
LONGEST_INT = 18


def set_cell(nodes: Nodes, name: NodeName, parts: Parts, entity: str, text: str) -> Changes:
    """The data set with another value in one cell; an empty text empties it."""
    body = body_of(nodes, name)
    if not text.strip():
        return {name: without(body, parts)}
    fields = body_of(nodes, ("entity", entity)).get("fields", ())
    type_ = next((str(f["type"]) for f in fields if f["key"] == parts[-1]), "")
    return {name: with_value(body, parts, _value(type_, text.strip(), place(name, *parts)))}


def _value(type_: str, text: str, path: str) -> Any:
    """The JSON form of what was typed. Exact numbers are strings; whole ones are numbers."""
    if type_ == "boolean":
        return text in {"true", "是", "yes", "1"}
    if type_ in {"integer", "rating"}:
        if not text.removeprefix("-").isdecimal() or len(text) > LONGEST_INT:
            raise InvalidError(problems=[Problem("E012", path, {"expected": "integer"})])
        return int(text)
    if type_ in MANY:
        return [part.strip() for part in text.strip("[]").replace('"', "").split(",") if part.strip()]
    if type_ == "json" or text.startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            raise InvalidError(problems=[Problem("E001", path, {"line": 1})]) from None
    return text


def add_row(nodes: Nodes, name: NodeName) -> Changes:
    """The data set with one more row, empty."""
    return {name: inserted(body_of(nodes, name), ("rows",), None, {})}
