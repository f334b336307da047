"""Site: what the routes of the pages share: who asks, a reading of an app, the words, and a template drawn with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from flask import g, render_template, request

from builder.commands import Actor
from builder.runtime.api.door import Door
from builder.runtime.context import Context
from builder.runtime.identity import Identity
from builder.runtime.pages.frame import Frames
from builder.runtime.pages.words import Words


@dataclass(frozen=True)
class Site:
    """One for the process. Pages read through the same door as the API and write only through it."""

    door: Door
    identity: Identity
    frames: Frames

    def actor(self) -> Actor:
        """Who asks, in the language of the page: what the engine words for them (a document's kind, a file) is in it too. 401 for a stranger."""
        return replace(self.identity(request), locale=self.words().locale)

    def words(self) -> Words:
        return self.frames.words()

    @contextmanager
    def reading(self, app: str) -> Iterator[Context]:
        """A consistent snapshot of one app for who asks."""
        with self.door.reading(self.actor(), app) as ctx:
            yield ctx

    def page(self, template: str, **values: Any) -> str:
        """The template, drawn. Pages find their words as ``words``."""
        return render_template(template, words=self.words(), **values)

    def show(self, id: int) -> str:
        return self.door.show(id)


def safe_next(text: str | None) -> str:
    """An address within this site to go on to; the home page for anything else."""
    if (
        not text
        or not text.startswith("/")
        or text.startswith("//")
        or "\\" in text
        or not text.isprintable()
    ):
        return "/"
    parts = urlsplit(text)
    return text if not parts.netloc and not parts.scheme else "/"


def nonce() -> str:
    found: str = g.nonce
    return found
