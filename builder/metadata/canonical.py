"""Canonical text: one way to write a definition down, so that export, import and export again give the same bytes. Pure.

Properties stand in the order of the model, free objects by key, two spaces of indent, Chinese as it is, one line break at the end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, get_args, get_origin

import orjson

from builder.metadata.kinds import KINDS, NodeName, Nodes, path_of
from builder.metadata.once import Once
from builder.metadata.structure import hints, json_name, optional


def canonical(name: NodeName, body: Mapping[str, Any]) -> str:
    """The node's text as its file holds it. A print's template is not part of it: it has a file of its own."""
    model = KINDS[name[0]].model
    ordered = _of_model(body, model) if model is not None else _free(body)
    return json.dumps(ordered, ensure_ascii=False, indent=2) + "\n"


def to_files(nodes: Nodes) -> dict[str, bytes]:
    """The files of a package, by path, in a stable order."""
    files: dict[str, bytes] = {}
    for name, body in nodes.items():
        path = path_of(name)
        if name[0] == "print" and isinstance(body.get("template"), str):
            files[path.removesuffix(".json") + ".html"] = body["template"].encode()
            body = {k: v for k, v in body.items() if k != "template"}
        files[path] = canonical(name, body).encode()
    return dict(sorted(files.items()))


def content_hash(nodes: Nodes, once: Once | None = None) -> str:
    """sha256 (hex) over what the nodes say, whatever their formatting and the order of their properties."""
    once = once or Once()
    digest = hashlib.sha256()
    for name in sorted(nodes):
        digest.update(once(_said, name, nodes[name]))
        digest.update(b"\n")
    return digest.hexdigest()


def _said(name: NodeName, body: Any) -> bytes:
    try:
        return orjson.dumps([*name, body], option=orjson.OPT_SORT_KEYS, default=_plain)
    except TypeError:  # Half of a surrogate pair, or a number beyond 64 bits: told as a problem elsewhere.
        return json.dumps([*name, body], sort_keys=True, default=_plain).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def _of_model(body: Any, model: type) -> Any:
    if not isinstance(body, Mapping):
        return _free(body)
    ordered: dict[str, Any] = {}
    for attribute, hint in hints(model).items():
        name = json_name(attribute)
        if name in body:
            ordered[name] = _of_hint(body[name], hint)
    return ordered | {k: _free(body[k]) for k in sorted(set(body) - set(ordered))}


def _of_hint(value: Any, hint: Any) -> Any:
    hint = optional(hint) or hint
    if isinstance(hint, type) and is_dataclass(hint):
        return _of_model(value, hint)
    if get_origin(hint) is tuple and isinstance(value, list | tuple):
        return [_of_hint(v, get_args(hint)[0]) for v in value]
    return _free(value)


def _free(value: Any) -> Any:
    """A free object by key, the first language before others."""
    if isinstance(value, Mapping):
        return {k: _free(value[k]) for k in sorted(value, key=lambda k: (k != "zh-CN", k))}
    if isinstance(value, list | tuple):
        return [_free(v) for v in value]
    return value
