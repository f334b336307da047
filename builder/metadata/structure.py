"""Structure: JSON becomes the model's dataclasses by their type hints. Nothing is validated here: schemas did that. Pure."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

Make = Callable[[Any], Any]


def json_name(attribute: str) -> str:
    """The JSON property of an attribute: a trailing underscore is dropped."""
    return attribute.removesuffix("_")


@cache
def hints(model: type) -> Mapping[str, Any]:
    """The resolved type hints of a model's attributes, in declared order."""
    resolved = get_type_hints(model)
    return {f.name: resolved[f.name] for f in fields(model)}


@cache
def properties(model: type) -> Mapping[str, str]:
    """JSON property → attribute, in declared order."""
    return {json_name(name): name for name in hints(model)}


@cache
def inner(model: type) -> Mapping[str, type]:
    """Attributes that hold a model or a list of models, with that model."""
    return {name: found for name, hint in hints(model).items() if (found := _held(hint)) is not None}


def _held(hint: Any) -> type | None:
    hint = optional(hint) or hint
    if get_origin(hint) is tuple:
        hint = get_args(hint)[0]
    return hint if isinstance(hint, type) and is_dataclass(hint) else None


def structure(model: type, body: Mapping[str, Any]) -> Any:
    """``body`` as an instance of ``model``. A property that the model lacks is left out."""
    return _model(model)(body)


@cache
def _model(model: type) -> Make:
    found: dict[str, tuple[str, Make | None]] = {}

    def make(body: Mapping[str, Any]) -> Any:
        if not found:
            found.update({json_name(n): (n, _maker(hint)) for n, hint in hints(model).items()})
        values: dict[str, Any] = {}
        for key, value in body.items():
            known = found.get(key)
            if known is not None:
                name, convert = known
                values[name] = value if convert is None or value is None else convert(value)
        return model(**values)

    return make


def _maker(hint: Any) -> Make | None:
    """How a value of that hint is made; None where the JSON value serves as it is."""
    inner = optional(hint)
    if inner is not None:
        return _maker(inner)
    if isinstance(hint, type) and is_dataclass(hint):
        return _model(hint)
    if get_origin(hint) is tuple:
        one = _maker(get_args(hint)[0])
        if one is None:
            return tuple
        return lambda value: tuple(one(v) for v in value)
    return None


def optional(hint: Any) -> Any:
    """The hint without None; None where it is not optional. ``str | Mapping | None`` keeps its union."""
    if get_origin(hint) not in {Union, types.UnionType}:
        return None
    arguments = get_args(hint)
    rest = [a for a in arguments if a is not type(None)]
    if len(rest) == len(arguments):
        return None
    return rest[0] if len(rest) == 1 else Union[tuple(rest)]  # noqa: UP007 — built at run time
