"""Options: finding one by key or label, shared by the choice types. A value is an option's key; a slot keeps its uid. Pure."""

from __future__ import annotations

from typing import Any

from builder.metadata.entity import Field, Option
from builder.metadata.text import in_locale


def by_key(field: Field, key: Any) -> Option | None:
    for option in field.options:
        if option.key == key:
            return option
    return None


def by_word(field: Field, word: str) -> Option | None:
    """The option that people call so, in any language."""
    word = word.strip()
    for option in field.options:
        labels = (option.label,) if isinstance(option.label, str) else tuple(option.label.values())
        if word == option.key or word in labels:
            return option
    return None


def word_of(field: Field, key: Any, locale: str) -> str:
    """The label of the option with that key; the key itself where it has gone."""
    option = by_key(field, key)
    return in_locale(option.label, locale, option.key) if option else str(key)


def uid_of(field: Field, key: Any) -> str:
    option = by_key(field, key)
    return option.uid if option else str(key)


def key_of(field: Field, uid: Any) -> str:
    return next((o.key for o in field.options if o.uid == uid), str(uid))


def keys(field: Field) -> list[str]:
    """The keys that may still be chosen."""
    return [o.key for o in field.options if not o.archived]
