"""Languages: further languages of a package are files of their own (``i18n/ja.json``: uid and property → words), laid over the texts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.metadata.kinds import KINDS, Nodes
from builder.metadata.meanings import MEANINGS
from builder.metadata.structure import json_name
from builder.metadata.text import FIRST_LOCALE

TEXTS = frozenset(
    json_name(name.partition(".")[2]) for name, meaning in MEANINGS.items() if meaning.what == "text"
)
"""Properties that hold words."""


def overlaid(nodes: Nodes, texts: Mapping[str, Mapping[str, Any]]) -> Nodes:
    """The nodes with the words of further languages in their texts; ``texts`` is locale → (``uid.property`` → words)."""
    if not texts:
        return nodes
    return {
        name: body if KINDS[name[0]].model is None else _laid(body, texts) for name, body in nodes.items()
    }


def _laid(value: Any, texts: Mapping[str, Mapping[str, Any]]) -> Any:
    if isinstance(value, list | tuple):
        return [_laid(v, texts) for v in value]
    if not isinstance(value, Mapping):
        return value
    uid = value.get("uid")
    result = {}
    for key, inner in value.items():
        is_text = isinstance(uid, str) and key in TEXTS and isinstance(inner, str | Mapping)
        result[key] = _text(f"{uid}.{key}", inner, texts) if is_text else _laid(inner, texts)
    return result


def _text(at: str, text: Any, texts: Mapping[str, Mapping[str, Any]]) -> Any:
    more = {locale: words[at] for locale, words in texts.items() if at in words}
    if not more:
        return text
    return {**({FIRST_LOCALE: text} if isinstance(text, str) else text), **more}
