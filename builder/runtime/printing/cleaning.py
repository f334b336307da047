"""Cleaning: the HTML of a print with nothing in it that runs, loads from elsewhere or leaves the page."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

ELEMENTS = frozenset(
    [
        "section",
        "article",
        "header",
        "footer",
        "main",
        "div",
        "span",
        "p",
        "br",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "caption",
        "colgroup",
        "col",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "small",
        "sub",
        "sup",
        "code",
        "pre",
        "blockquote",
        "figure",
        "figcaption",
        "img",
        "style",
        "svg",
        "g",
        "path",
        "rect",
        "line",
        "circle",
        "text",
    ]
)
VOID = frozenset({"br", "hr", "img", "col"})
DROPPED = frozenset({"script", "iframe", "object", "embed", "template", "noscript", "title", "head"})
"""Elements whose content goes with them."""
ATTRIBUTES = frozenset(
    [
        "class",
        "id",
        "colspan",
        "rowspan",
        "width",
        "height",
        "alt",
        "title",
        "lang",
        "dir",
        "span",
        "viewbox",
        "d",
        "x",
        "y",
        "x1",
        "x2",
        "y1",
        "y2",
        "cx",
        "cy",
        "r",
        "fill",
        "stroke",
        "stroke-width",
        "text-anchor",
        "transform",
        "font-size",
        "scope",
        "align",
        "valign",
    ]
)
IMAGE = re.compile(r"^data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+$")
STYLE_LOADS = re.compile(
    r"(@import|url\s*\(|expression\s*\(|javascript:|behavior\s*:|-moz-binding)", re.IGNORECASE
)


class _Cleaner(HTMLParser):
    """Writes again what is allowed; the rest is left out."""

    def __init__(self, nonce: str) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._nonce = nonce
        self._dropping: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropping or tag in DROPPED:
            if tag in DROPPED:
                self._dropping.append(tag)
            return
        if tag not in ELEMENTS:
            return
        kept = "".join(
            f' {name}="{escape(value or "")}"' for name, value in attrs if self._is_kept(tag, name, value)
        )
        if tag == "style":
            self._in_style = True
            kept = f' nonce="{escape(self._nonce)}"' if self._nonce else ""
        self.pieces.append(f"<{tag}{kept}>")

    def _is_kept(self, tag: str, name: str, value: str | None) -> bool:
        if tag == "img" and name == "src":
            return bool(value and IMAGE.match(value))
        return name in ATTRIBUTES

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            if tag == self._dropping[-1]:
                self._dropping.pop()
            return
        if tag == "style":
            self._in_style = False
        if tag in ELEMENTS and tag not in VOID:
            self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._dropping:
            return
        if self._in_style:
            self.pieces.append(STYLE_LOADS.sub("/* */", data).replace("<", ""))
        else:
            self.pieces.append(escape(data, quote=False))


def cleaned(markup: str, nonce: str = "") -> str:
    """The markup with harmless elements and attributes alone; its styles carry the page's ``nonce``."""
    cleaner = _Cleaner(nonce)
    cleaner.feed(markup)
    cleaner.close()
    return "".join(cleaner.pieces)
