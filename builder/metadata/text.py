"""Text: words in the languages of the package. A plain string serves every language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Text: TypeAlias = str | Mapping[str, str]

FIRST_LOCALE = "zh-CN"
LOCALES = ("zh-CN", "en")


class Said(dict[str, str]):
    """A text in its languages as a value that rows can be grouped by."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))


def in_locale(text: Text | None, locale: str, fallback: str = "") -> str:
    """The words of ``text`` in ``locale``, else in the first language, else any, else ``fallback``."""
    if text is None:
        return fallback
    if isinstance(text, str):
        return text
    return text.get(locale) or text.get(FIRST_LOCALE) or next(iter(text.values()), fallback)
