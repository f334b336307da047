"""Schemas: a definition's JSON is checked against the shipped JSON Schema; every deviation becomes a problem with its place. Pure.

Only the shipped schemas are ever used: no reference leads out of a file, no pattern comes from a user.
"""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from jsonschema_rs import Draft202012Validator, ValidationError

from builder.errors import Problem
from builder.metadata.kinds import KINDS, NodeName, place
from builder.metadata.text import Text

INVISIBLE = frozenset({"Cc", "Cs", "Cn", "Cf"})
JOINERS = frozenset("\n\t\u200d\ufe0f")
ESCAPED = re.compile(r"\\[urbf]")
"""How JSON writes what cannot be printed."""


JSON_TYPES: Mapping[str, Text] = {
    "object": {"zh-CN": "对象", "en": "an object"},
    "array": {"zh-CN": "列表", "en": "a list"},
    "string": {"zh-CN": "文本", "en": "text"},
    "integer": {"zh-CN": "整数", "en": "a whole number"},
    "boolean": {"zh-CN": "true 或 false", "en": "true or false"},
}


def wrong_type(at: str, expected: str) -> Problem:
    """A value of another JSON type than its place needs."""
    return Problem("E012", at, {"expected": expected, "words": JSON_TYPES.get(expected, expected)})


@cache
def schema(kind: str) -> Mapping[str, Any]:
    """The JSON Schema of a kind, as it is served and documented. ``KeyError`` where there is no such kind."""
    text = (
        files("builder.metadata").joinpath("schema", f"{KINDS[kind].name}.json").read_text(encoding="utf-8")
    )
    found: Mapping[str, Any] = json.loads(text)
    return found


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(dict(schema(kind)), validate_formats=False)


def problems_of(name: NodeName, body: Any) -> tuple[Problem, ...]:
    """Everything in ``body`` that the schema of its kind does not allow."""
    if not isinstance(body, Mapping):
        return (wrong_type(place(name), "object"),)
    is_plain = _is_printable(body)
    unseen = () if is_plain else tuple(Problem("E017", place(name, *parts)) for parts in _invisible(body))
    try:
        errors = tuple(_validator(name[0]).iter_errors(body))
    except UnicodeEncodeError:  # Half of a surrogate pair is no text at all; its place is told.
        return unseen
    return (*(problem for error in errors for problem in _problems(name, error)), *unseen)


def _problems(name: NodeName, error: ValidationError) -> Iterator[Problem]:
    parts = tuple(error.instance_path)
    at = place(name, *parts)
    rule, facts = str(error.schema_path[-1]), error.kind.as_dict()
    if rule == "additionalProperties":
        known = _known(name[0], error.schema_path)
        for extra in facts["unexpected"]:
            yield Problem("E010", place(name, *parts, extra), {"name": extra, **near(extra, known)})
    elif rule == "required":
        yield Problem("E011", at, {"name": facts["property"]})
    elif rule == "type":
        types = facts["types"]
        yield wrong_type(at, next((t for t in types if t != "null"), types[0]))
    elif rule == "enum":
        options = [str(v) for v in facts["options"] if v is not None]
        value = str(error.instance)[:80]
        params = {"value": value, "options": ", ".join(options), **near(value, options)}
        yield Problem("E013", at, params)
    elif rule == "pattern":
        yield Problem("E014", at, {"value": str(error.instance)[:80]})
    else:
        yield Problem("E015", at, {"rule": rule, "limit": str(facts.get("limit", ""))[:80]})


def _known(kind: str, rule: Iterable[str | int]) -> tuple[str, ...]:
    """The properties that the model has in which the schema's rule stands."""
    whole: Any = schema(kind)
    model = whole
    for part in (*rule,)[:-1]:
        model = model[part]
        if part == "$ref":
            model = whole["$defs"][model.rpartition("/")[2]]
    return tuple(model.get("properties", ()))


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like ``name``; empty where none does."""
    found = difflib.get_close_matches(name, [str(k) for k in known], 1, 0.6)
    return found[0] if found else ""


def near(name: str, known: Iterable[str]) -> dict[str, Any]:
    """``nearest``, the known name that looks most like ``name``, and ``hint``, the question whether that was meant (both may be empty)."""
    found = nearest(name, known)
    return {"nearest": found, "hint": hint(found)}


def hint(found: str) -> Text:
    return {"zh-CN": f"您是不是要写“{found}”？", "en": f"Did you mean “{found}”?"} if found else ""


def _invisible(value: Any, parts: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Places of texts with characters that nobody sees, such as marks that turn the reading direction."""
    if isinstance(value, str):
        if not value.isprintable() and any(
            unicodedata.category(c) in INVISIBLE and c not in JOINERS for c in value
        ):
            yield parts
    elif isinstance(value, Mapping | list | tuple):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _invisible(inner, (*parts, key))


def _is_printable(value: Any) -> bool:
    """Whether every text in it is plainly of characters that can be printed, which leaves nothing unseen. Most definitions are such, and
    asking so takes a fraction of looking for places. What JSON itself would escape, but for ends of lines, is looked at."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # Half of a surrogate pair, or something that is not of JSON.
        return False
    return text.isprintable() and ESCAPED.search(text) is None
