"""Which language a person reads, and the words: messages by error code, texts of pages by key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from builder.metadata.text import FIRST_LOCALE, LOCALES, Text, in_locale
from builder.web.formats import format_number, trimmed

HERE = Path(__file__).parent
# Decimals of money; more than these are a quantity's.
MONEY = 2
_SLOT = re.compile(r"\{(\w+)\}")


def choose_locale(*wishes: str | None, accept_language: str = "") -> str:
    """The first of ``wishes`` (URL, cookie, account …) that we speak, else what the browser prefers, else Chinese."""
    for wish in wishes:
        if wish in LOCALES:
            return wish
    ranked = sorted(_preferences(accept_language), key=lambda pair: -pair[1])
    for tag, quality in ranked:
        if quality > 0 and (found := _spoken(tag)):
            return found
    return FIRST_LOCALE


def _preferences(header: str) -> list[tuple[str, float]]:
    found = []
    for part in header.split(","):
        tag, _, rest = part.strip().partition(";")
        quality = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", rest)
        found.append((tag.strip().lower(), float(quality.group(1)) if quality else 1.0))
    return found


def _spoken(tag: str) -> str | None:
    primary = tag.split("-", maxsplit=1)[0]
    return next((locale for locale in LOCALES if primary and locale.lower().split("-")[0] == primary), None)


def fill(text: str, values: Mapping[str, Any]) -> str:
    """``text`` with its ``{name}`` slots filled; a slot without a value stays empty."""
    return _SLOT.sub(lambda slot: str(values.get(slot.group(1), "")), text)


@dataclass(frozen=True, slots=True)
class Messages:
    """Words for error codes: code → locale → text with ``{name}`` slots."""

    texts: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls, *folders: Path) -> Messages:
        """Every ``*.json`` of the web room's ``messages/`` and of ``folders``; a code may be worded once."""
        texts: dict[str, Mapping[str, str]] = {}
        for folder in (HERE / "messages", *folders):
            for path in sorted(folder.glob("*.json")):
                for code, words in json.loads(path.read_text(encoding="utf-8")).items():
                    if code in texts:
                        raise ValueError(f"{path.name} words {code} a second time")
                    texts[code] = words
        return cls(texts)

    def text(
        self, code: str, locale: str, params: Mapping[str, Any] | None = None, message: Text | None = None
    ) -> str:
        """The words of ``code``; ``message`` (words of a definition) wins; a code without words reads as itself. Values of ``params`` that
        are words of several languages are said in ``locale``."""
        words = in_locale(message, locale) if message else in_locale(self.texts.get(code), locale, code)
        return fill(words, {k: _said(v, locale) for k, v in (params or {}).items()})


def _said(value: Any, locale: str) -> Any:
    """A value within a sentence: numbers as people write them, quantities without zeros that say nothing."""
    if isinstance(value, Mapping):
        return in_locale(value, locale)
    if not isinstance(value, Decimal) or not value.is_finite():
        return value
    text = format_number(value)
    fraction = text.partition(".")[2]
    return trimmed(text) if len(fraction) > MONEY else text


@dataclass(frozen=True, slots=True)
class Texts:
    """Words of pages and elements: locale → key → text. English and Chinese hold the same keys."""

    by_locale: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls, *folders: Path) -> Texts:
        """``zh-CN.json`` and ``en.json`` of the web room's ``i18n/`` and of ``folders`` (later ones add keys)."""
        found: dict[str, dict[str, str]] = {locale: {} for locale in LOCALES}
        for folder in (HERE / "i18n", *folders):
            for locale, words in found.items():
                path = folder / f"{locale}.json"
                if path.is_file():
                    words.update(json.loads(path.read_text(encoding="utf-8")))
        return cls(found)

    def text(self, key: str, locale: str, **values: Any) -> str:
        """The words of ``key``; with ``n`` = 1 the key ``<key>.one`` wins where it exists."""
        words = self.by_locale[locale]
        chosen = words.get(f"{key}.one") if values.get("n") == 1 else None
        return fill(chosen or words.get(key, key), values)

    def starting_with(self, locale: str, *prefixes: str) -> dict[str, str]:
        """The part of the words that a page hands to its elements."""
        return {key: text for key, text in self.by_locale[locale].items() if key.startswith(prefixes)}
