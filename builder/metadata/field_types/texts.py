"""Text: control characters, length and pattern, shared by the textual field types. Pure."""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, FieldType, Sort, Storage, problem
from builder.metadata.patterns import PatternError, matches_pattern
from builder.record import Value

TEXT_PROPERTIES: tuple[str, ...] = (
    *COMMON, "default", "suggest", "max_length", "pattern", "pattern_message", "unique", "searchable", "indexed", "pinyin", "formula", "lookup", "copy",
)  # fmt: skip
BREAKS = frozenset("\n\t")
UNSEEN = dict.fromkeys(
    (0x00AD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)
"""Marks without width or of direction, which copying from address books and web pages brings along: with one in it a code is a second code
that looks like the first. Joiners stay; emoji are made with them."""


def has_control(text: str, allowed: frozenset[str] = frozenset()) -> bool:
    """Whether the text holds characters that nobody can see: controls, lone surrogates, not-characters."""
    if text.isascii() and text.isprintable():
        return False
    return any(unicodedata.category(c) in {"Cc", "Cs", "Cn"} and c not in allowed for c in text)


class TextType(FieldType):
    """What textual types share. ``longest`` is the length where the field names none, ``breaks`` allows new lines."""

    storage: ClassVar[Storage] = "text"
    sort: ClassVar[Sort] = "text"
    longest: ClassVar[int] = 500
    breaks: ClassVar[bool] = False
    properties: ClassVar[tuple[str, ...]] = TEXT_PROPERTIES

    def length_of(self, field: Field) -> int:
        return field.max_length if field.max_length is not None else self.longest

    def read(self, value: Any, field: Field) -> Value | Problem:
        if not isinstance(value, str):
            return problem("VALUE_TEXT", field)
        text = value.replace("\r\n", "\n").replace("\r", "\n") if self.breaks else value
        text = text if text.isascii() else text.translate(UNSEEN)
        text = text.rstrip() if self.breaks else text.strip()
        if has_control(text, BREAKS if self.breaks else frozenset()):
            return problem("VALUE_CONTROL", field)
        if len(text) > self.length_of(field):
            return problem("VALUE_TOO_LONG", field, max=self.length_of(field))
        if not text:
            return None
        return self.form(text, field)

    def form(self, text: str, field: Field) -> str | Problem:
        """The text as this type keeps it, or what is wrong with its form."""
        return text

    def check(self, value: Value, field: Field) -> Problem | None:
        if not isinstance(value, str):
            return None
        if len(value) > self.length_of(field):
            return problem("VALUE_TOO_LONG", field, max=self.length_of(field))
        if field.pattern and not _matches(field.pattern, value):
            return Problem("VALUE_PATTERN", "", {"field": field.label}, message=field.pattern_message)
        return None

    def search_text(self, value: Value, field: Field) -> str:
        return value if isinstance(value, str) else ""

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["string", "null"], "maxLength": self.length_of(field)}


def _matches(pattern: str, text: str) -> bool:
    """A pattern that is none refuses nothing: publishing has refused it already."""
    try:
        return matches_pattern(pattern, text)
    except PatternError:
        return True
