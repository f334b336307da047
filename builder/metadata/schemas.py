"""Schemas: a definition's JSON is checked against the shipped JSON Schema; every deviation becomes a problem with its place. Pure.

Only the shipped schemas are ever used: no reference leads out of a file, no pattern comes from a user.
"""

from __future__ import annotations

import difflib
import json
import marshal
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry

from builder.errors import Problem
from builder.metadata.kinds import KINDS, NodeName, place
from builder.metadata.text import Text

INVISIBLE = frozenset({"Cc", "Cs", "Cn", "Cf"})
MOST_KNOWN = 8192
_known: dict[tuple[NodeName, bytes], tuple[Problem, ...]] = {}
"""What was found in nodes before. A template takes most nodes of the one that it extends as they stand, and a draft those of its app."""
JOINERS = frozenset("\n\t\u200d\ufe0f")


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
    return Draft202012Validator(dict(schema(kind)), registry=Registry())


def problems_of(name: NodeName, body: Any) -> tuple[Problem, ...]:
    """Everything in ``body`` that the schema of its kind does not allow."""
    if not isinstance(body, Mapping):
        return (wrong_type(place(name), "object"),)
    try:
        at = name, blake2b(marshal.dumps(dict(body), 2), digest_size=16).digest()
    except ValueError:  # Not plain JSON: an overlay of one, a number of Python's.
        return _problems_of(name, body)
    if at not in _known:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[at] = _problems_of(name, body)
    return _known[at]


def _problems_of(name: NodeName, body: Mapping[str, Any]) -> tuple[Problem, ...]:
    found: list[Problem] = []
    for error in _validator(name[0]).iter_errors(body):
        found.extend(_problems(name, error))
    found.extend(Problem("E017", place(name, *parts)) for parts in _invisible(body))
    return tuple(found)


def _problems(name: NodeName, error: ValidationError) -> Iterator[Problem]:
    parts = tuple(error.absolute_path)
    at = place(name, *parts)
    rule = str(error.validator)
    if rule == "additionalProperties" and isinstance(error.schema, Mapping):
        known = tuple(error.schema.get("properties", ()))
        for extra in _extra(error, known):
            yield Problem("E010", place(name, *parts, extra), {"name": extra, **near(extra, known)})
    elif rule == "required":
        missing = str(error.message).split("'")[1]
        yield Problem("E011", at, {"name": missing})
    elif rule == "type":
        expected: Any = error.validator_value
        yield wrong_type(at, expected if isinstance(expected, str) else expected[0])
    elif rule == "enum":
        allowed: Any = error.validator_value
        options = [str(v) for v in allowed if v is not None]
        value = str(error.instance)[:80]
        params = {"value": value, "options": ", ".join(options), **near(value, options)}
        yield Problem("E013", at, params)
    elif rule == "pattern":
        yield Problem("E014", at, {"value": str(error.instance)[:80]})
    else:
        yield Problem("E015", at, {"rule": rule, "limit": str(error.validator_value)[:80]})


def _extra(error: ValidationError, known: Iterable[str]) -> list[str]:
    given: Any = error.instance
    return [str(key) for key in given if key not in set(known)]


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
        if not (value.isascii() and value.isprintable()) and any(
            unicodedata.category(c) in INVISIBLE and c not in JOINERS for c in value
        ):
            yield parts
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _invisible(inner, (*parts, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _invisible(inner, (*parts, index))
