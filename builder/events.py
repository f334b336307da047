"""Events: what has happened, in the past tense. Rules and workflow answer them with commands."""

from __future__ import annotations

from dataclasses import dataclass

from builder.record import Record


@dataclass(frozen=True, slots=True)
class RecordCreated:
    record: Record


@dataclass(frozen=True, slots=True)
class RecordChanged:
    """``fields`` are the keys of header fields (and lines fields) whose value is another one."""

    before: Record
    after: Record
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class RecordDeleted:
    record: Record


@dataclass(frozen=True, slots=True)
class TransitionFired:
    """The record has moved; ``transition`` is its key."""

    before: Record
    after: Record
    transition: str


@dataclass(frozen=True, slots=True)
class ApprovalChanged:
    """``event``: started, approved, rejected, returned or withdrawn."""

    record: Record
    transition: str
    event: str


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    record: Record
    rule: str


@dataclass(frozen=True, slots=True)
class LineAdded:
    """A line came to ``parent``; ``place`` is where it stands there (``/lines/2``)."""

    record: Record
    parent: Record
    place: str = ""


@dataclass(frozen=True, slots=True)
class LineChanged:
    """``fields`` are the keys of the line's fields whose value is another one. ``parent`` is its document as it is now, where that is at hand."""

    before: Record
    after: Record
    fields: frozenset[str]
    parent: Record | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class LineRemoved:
    """A line of ``parent``, which no longer has it, as it was."""

    record: Record
    parent: Record
    place: str = ""


LineEvent = LineAdded | LineChanged | LineRemoved
"""What happened to a line: each follows from an event of its document."""
Event = (
    RecordCreated
    | RecordChanged
    | RecordDeleted
    | TransitionFired
    | ApprovalChanged
    | ButtonPressed
    | LineAdded
    | LineChanged
    | LineRemoved
)
