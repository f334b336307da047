"""Shapes: what the JSON Schema of a kind says about one place of a definition, and values as a form sends them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from builder.errors import InvalidError, NotFoundError, Problem
from builder.metadata.kinds import NodeName, place
from builder.metadata.places import Parts
from builder.metadata.schemas import schema
from builder.metadata.text import LOCALES

Shape: TypeAlias = Mapping[str, Any]
WHOLE = re.compile(r"-?[0-9]{1,18}")


def resolved(root: Shape, shape: Shape) -> Shape:
    """The shape with its ``$ref`` followed; what stands beside the reference wins."""
    ref = shape.get("$ref")
    if not isinstance(ref, str):
        return shape
    target: Shape = root["$defs"][ref.rpartition("/")[2]]
    return {**target, **{k: v for k, v in shape.items() if k != "$ref"}, "x-model": ref.rpartition("/")[2]}


def shape_at(kind: str, parts: Parts) -> Shape:
    """What may stand at ``parts`` of a definition of that kind. Raises ``NotFoundError`` where nothing may."""
    root = schema(kind)
    shape = resolved(root, root)
    for part in parts:
        if isinstance(part, int) and "items" in shape:
            found = shape["items"]
        else:
            found = shape.get("properties", {}).get(str(part), shape.get("additionalProperties"))
            found = {} if found is True else found
        if not isinstance(found, Mapping):
            raise NotFoundError(path="/".join(map(str, parts)))
        shape = resolved(root, found)
    return shape


def types_of(shape: Shape) -> tuple[str, ...]:
    """The JSON types that the shape allows, without null; empty: any."""
    given = shape.get("type", ())
    names: Sequence[str] = (given,) if isinstance(given, str) else tuple(given)
    return tuple(n for n in names if n != "null")


def is_text(shape: Shape) -> bool:
    """Words in several languages."""
    return shape.get("x-model") == "Text"


def is_list_of_models(shape: Shape) -> bool:
    return "$ref" in shape.get("items", {})


def default_of(kind: str, shape: Shape) -> Any:
    """The least that is valid in that shape."""
    if is_text(shape):
        return dict.fromkeys(LOCALES, "")
    if "enum" in shape:
        return next(v for v in shape["enum"] if v is not None)
    type_ = next(iter(types_of(shape)), "string")
    if type_ != "object":
        return {"array": [], "boolean": False, "integer": shape.get("minimum", 0)}.get(type_, "")
    properties = shape.get("properties", {})
    root = schema(kind)
    return {
        name: default_of(kind, resolved(root, properties[name]))
        for name in shape.get("required", ())
        if name in properties
    }


def value_from(name: NodeName, parts: Parts, given: Sequence[str]) -> Any:
    """The value that a form's texts mean at that place; None: nothing, the property goes."""
    shape = shape_at(name[0], parts)
    types = types_of(shape)
    text = given[-1] if given else ""
    if "array" in types:
        return [v for v in given if v] or None
    if "boolean" in types:
        return text in {"true", "on", "1"}
    if text == "":
        return None
    if "integer" in types:
        if not WHOLE.fullmatch(text.strip()):
            raise InvalidError(problems=[Problem("E012", place(name, *parts), {"expected": "integer"})])
        return int(text)
    if not types:
        return _any(text)
    return text.replace("\r\n", "\n")


def _any(text: str) -> Any:
    """A value of a place that takes anything: truth and whole numbers by their look, else the text."""
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if WHOLE.fullmatch(text) and (text == "0" or not text.startswith("0")) else text
