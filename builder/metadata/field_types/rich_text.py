"""Text with a little formatting, as HTML of a few harmless elements."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import problem, words
from builder.metadata.field_types.texts import TextType
from builder.record import Value

ELEMENTS = frozenset(
    ("p", "br", "b", "strong", "i", "em", "u", "s", "ul", "ol", "li", "h3", "h4", "blockquote", "code", "a")
)
SCHEMES = ("https://", "http://", "mailto:", "tel:")
TAG = re.compile(r"<[^>]*>")


class _Gate(HTMLParser):
    """Refuses every element and attribute that is not on the list."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.is_clean = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        links = tag == "a" and all(
            k == "href" and (v or "").strip().lower().startswith(SCHEMES) for k, v in attrs
        )
        self.is_clean &= tag in ELEMENTS and (not attrs or links)

    def handle_endtag(self, tag: str) -> None:
        self.is_clean &= tag in ELEMENTS

    def handle_comment(self, data: str) -> None:
        self.is_clean = False

    def handle_decl(self, decl: str) -> None:
        self.is_clean = False

    def handle_pi(self, data: str) -> None:
        self.is_clean = False

    def unknown_decl(self, data: str) -> None:
        self.is_clean = False


def is_clean(markup: str) -> bool:
    """Whether the markup holds nothing but the few elements, links and well-ended tags."""
    gate = _Gate()
    gate.feed(markup)
    gate.close()
    return gate.is_clean and "<" not in TAG.sub("", markup)


class RichText(TextType):
    name = "rich_text"
    label = words("富文本", "Rich text")
    storage = "ext"
    longest = 50_000
    breaks = True

    def form(self, text: str, field: Field) -> str | Problem:
        return text if is_clean(text) else problem("VALUE_MARKUP", field)

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        return TAG.sub(" ", value).strip() if isinstance(value, str) else ""

    def search_text(self, value: Value, field: Field) -> str:
        return self.to_text(value, field, "")
