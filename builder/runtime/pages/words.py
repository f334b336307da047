"""Words: what a page says, in the reader's language: texts of definitions, texts of our own, dates on the reader's clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from builder.errors import BuilderError
from builder.metadata.text import Text, in_locale
from builder.web.formats import age, format_instant
from builder.web.locale import Messages, Texts

# Colours of definitions that the design system calls otherwise.
COLOURS: Mapping[str, str] = {
    "grey": "gray",
    "teal": "cyan",
    "amber": "orange",
    "violet": "purple",
    "pink": "red",
}
KNOWN = frozenset({"gray", "blue", "cyan", "green", "yellow", "orange", "red", "purple"})


@dataclass(frozen=True)
class Words:
    """One reader's language and clock."""

    texts: Texts
    messages: Messages
    locale: str
    now: datetime
    zone: tzinfo

    def of(self, text: Text | None, fallback: str = "") -> str:
        """Words of a definition."""
        return in_locale(text, self.locale, fallback)

    def say(self, key: str, **values: Any) -> str:
        """Words of our own."""
        return self.texts.text(key, self.locale, **values)

    def inside(self, label: str) -> str:
        """A label within a sentence: English ones start small there, unless they are an abbreviation."""
        small = self.locale == "en" and label[1:2].islower()
        return label[0].lower() + label[1:] if small else label

    def listed(self, texts: Iterable[str]) -> str:
        """Several names in a row, as the language puts them."""
        return (", " if self.locale == "en" else "、").join(texts)

    def knows(self, key: str) -> bool:
        return key in self.texts.by_locale[self.locale]

    def instant(self, at: datetime | None) -> str:
        return format_instant(at, self.zone)

    def ago(self, at: datetime | str | None) -> str:
        """``3 hours ago``; older than a week, the date and time."""
        if at is None:
            return ""
        when = read_instant(at)
        name, count = age(when, self.now)
        return self.instant(when) if name == "ago.date" else self.say(name, n=count)

    def message(self, code: str, params: Mapping[str, Any], message: Text | None = None) -> str:
        """The words of a problem."""
        return self.messages.text(code, self.locale, params, message)

    def refusal(self, error: BuilderError) -> str:
        """Everything that an error says, in one line."""
        said = [self.message(p.code, p.params, p.message) for p in error.problems]
        return " ".join(said) or self.message(error.code, error.params, error.message)


def read_instant(at: datetime | str) -> datetime:
    """An aware instant; what says no zone is UTC."""
    when = datetime.fromisoformat(at) if isinstance(at, str) else at
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def colour_of(name: str) -> str:
    """A definition's colour as the design system names it."""
    found = COLOURS.get(name, name)
    return found if found in KNOWN else "gray"
