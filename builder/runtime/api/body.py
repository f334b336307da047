"""Bodies in and out: JSON read strictly and without loss, answers written with opaque ids and exact decimals."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from flask import Request, Response

from builder.errors import BuilderError, InvalidError, MalformedError, Problem
from builder.runtime.api.shapes import Shape

DEPTH = 32
LONGEST_INT = 18
HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")


def _refuse_constant(name: str) -> Any:
    raise MalformedError("JSON_NUMBER", number=name)


def _exact(text: str) -> int | Decimal:
    """Beyond 64 bits a number is an amount that its field judges, never a key of ours."""
    return int(text) if len(text) <= LONGEST_INT else Decimal(text)


def _encodable(value: Any) -> None:
    """Raises ``UnicodeEncodeError`` (a ``ValueError``) where a text has half a character, which nothing could store."""
    json.dumps(value, ensure_ascii=False, default=str).encode()


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twin = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise MalformedError("JSON_TWICE", name=twin)
    return found


def parse_json(data: bytes) -> Any:
    """The document. Numbers become ``Decimal`` or ``int`` without loss; NaN, infinities, names given twice, broken text, half characters and more than
    32 levels are refused (``MalformedError``)."""
    try:
        found = json.loads(
            data,
            parse_float=Decimal,
            parse_int=_exact,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_twins,
        )
        if HALF_CHARACTER.search(data):
            _encodable(found)
    except (ValueError, RecursionError) as error:
        if isinstance(error, BuilderError):
            raise
        raise MalformedError("JSON_BROKEN", place=getattr(error, "pos", 0)) from error
    if _is_deep(found):
        raise MalformedError("JSON_DEEP", most=DEPTH)
    return found


def _is_deep(value: Any) -> bool:
    """Whether anything lies below the last level. Level by level, because most of what is sent is thousands of flat rows."""
    level = [value]
    for _ in range(DEPTH):
        inner: list[Any] = []
        for one in level:
            if one.__class__ is dict:
                inner.extend(one.values())
            elif one.__class__ is list:
                inner.extend(one)
        if not inner:
            return False
        level = inner
    return True


def read_object(request: Request, *, optional: bool = False) -> dict[str, Any]:
    """The body as an object. 400 where it is none; 415 where it does not say that it is JSON."""
    data = request.get_data()
    if not data and optional:
        return {}
    if not request.is_json:
        error = MalformedError("UNSUPPORTED_MEDIA_TYPE")
        error.status = 415
        raise error
    found = parse_json(data)
    if not isinstance(found, dict):
        raise MalformedError("JSON_OBJECT")
    return found


def read_shape(request: Request, shape: Shape, *, optional: bool = False) -> dict[str, Any]:
    """The body in a declared shape; every problem of it at once."""
    body = read_object(request, optional=optional)
    loaded = shape.read(body)
    if loaded.problems:
        raise InvalidError(problems=loaded.problems)
    return loaded.values


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer. Decimals are written as strings."""
    body = orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    response = Response(body, status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "private, no-store"
    for name, text in (headers or {}).items():
        response.headers[name] = text
    return response


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple | frozenset | set):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def version_wanted(request: Request) -> int | None:
    """The record's version that the caller saw, from ``If-Match``. A malformed one is a problem, not ignored."""
    text = request.headers.get("If-Match")
    if text is None or text.strip() == "*":
        return None
    version = whole(text.strip().removeprefix("W/").strip('"'))
    if version is None:
        raise InvalidError(problems=[Problem("IF_MATCH", "If-Match")])
    return version


def whole(text: str) -> int | None:
    """The whole number that at most 18 plain digits say; other scripts' digits and longer ones say none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


YES, NO = frozenset({"1", "true"}), frozenset({"", "0", "false"})
"""The words that a parameter which is on or off is said with."""


def flag_wanted(given: Mapping[str, str], name: str) -> bool:
    """Whether a parameter is on; one that was not sent is off. Any other word is a problem, never taken for *off*: who asks for something
    must not believe that it was done."""
    text = given.get(name, "").strip().lower()
    if text not in YES | NO:
        raise InvalidError(problems=[Problem("FLAG", f"/{name}", {"name": name, "value": text[:40]})])
    return text in YES


def key_wanted(request: Request) -> str | None:
    """The idempotency key, at most 200 visible characters."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not key or len(key) > 200 or not key.isprintable():
        raise InvalidError(problems=[Problem("IDEMPOTENCY_KEY", "Idempotency-Key")])
    return key
