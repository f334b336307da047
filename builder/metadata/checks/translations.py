"""Translations: words that one of the two languages lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, warning
from builder.metadata.text import LOCALES


def find(facts: Facts) -> Iterable[Problem]:
    for place in facts.places:
        if place.meaning.what != "text" or not place.name:
            continue
        for locale in LOCALES:
            if not _has(place.name, locale):
                yield warning("E166", place.path, {"locale": locale})


def _has(text: object, locale: str) -> bool:
    """Whether the words say it in that language. A plain string serves all languages, unless it is Chinese."""
    if isinstance(text, Mapping):
        return bool(text.get(locale))
    return locale != "en" or not any("\u2e80" <= c <= "\uffef" for c in str(text))


CHECK = Check("translations", ("E166",), find)
