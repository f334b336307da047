"""Asked: one edit as it came in, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from builder.designer.edits.change import Changes, parts_of
from builder.designer.edits.keys import words_from
from builder.designer.room import Opened
from builder.designer.sentences.rows import Drawing
from builder.errors import InvalidError, Problem
from builder.metadata.kinds import KINDS, NodeName
from builder.metadata.package import Package
from builder.metadata.places import Parts
from builder.metadata.text import Text
from builder.registry import Registry

Form = MultiDict[str, str]


@dataclass(frozen=True)
class Edit:
    """What was asked: on which draft, which definition, where in it, with what."""

    opened: Opened
    form: Form

    @property
    def name(self) -> NodeName:
        kind = self.form.get("kind", "")
        if kind not in KINDS:
            raise InvalidError(problems=[Problem("E013", "/kind", {"value": kind})])
        return kind, self.form.get("key", "")

    @property
    def at(self) -> Parts:
        return parts_of(self.form.get("at", ""))

    @property
    def index(self) -> int | None:
        """Where in its list something goes; None: at the end."""
        said = self.form.get("index", "")
        return int(said) if said.isdecimal() and len(said) < 10 else None

    @property
    def label(self) -> Text:
        return words_from(self.form.get("zh", ""), self.form.get("en", ""))

    @property
    def package(self) -> Package:
        package = self.opened.judged.package
        if package is None:
            raise InvalidError("PACKAGE_INVALID", problems=self.opened.judged.errors)
        return package

    def drawing(self, parts: Parts, of: str = "self") -> Drawing:
        """Rows in the surroundings of a place of the definition."""
        pickers = self.opened.pickers
        if pickers is None:
            raise InvalidError("PACKAGE_INVALID", problems=self.opened.judged.errors)
        return Drawing(pickers, self.opened.frame(self.name, parts, of))

    def lists(self) -> dict[str, list[str]]:
        return {key: self.form.getlist(key) for key in self.form}


@dataclass(frozen=True)
class Outcome:
    """What changes, and where the person looks next: a page, or (``at``) a node of the same page."""

    changes: Changes
    goto: str = ""
    at: str | None = None


Make = Callable[[Edit], Outcome]
EDITS: Registry[Make] = Registry("edit")


def edit(name: str) -> Callable[[Make], Make]:
    return lambda make: EDITS.register(name, make)
