"""Events: what has happened, in the past tense. Rules and workflow answer them with commands. Tuples, as records are: each record that is written
makes some."""

from __future__ import annotations

from typing import NamedTuple

from builder.record import Record


class RecordCreated(NamedTuple):
    record: Record


class RecordChanged(NamedTuple):
    """``fields`` are the keys of header fields (and lines fields) whose value is another one."""

    before: Record
    after: Record
    fields: frozenset[str]


class RecordDeleted(NamedTuple):
    record: Record


class TransitionFired(NamedTuple):
    """The record has moved; ``transition`` is its key."""

    before: Record
    after: Record
    transition: str


class ApprovalChanged(NamedTuple):
    """``event``: started, approved, rejected, returned or withdrawn."""

    record: Record
    transition: str
    event: str


class ButtonPressed(NamedTuple):
    record: Record
    rule: str


class LineAdded(NamedTuple):
    """A line came to ``parent``; ``place`` is where it stands there (``/lines/2``)."""

    record: Record
    parent: Record
    place: str = ""


class LineChanged(NamedTuple):
    """``fields`` are the keys of the line's fields whose value is another one. ``parent`` is its document as it is now, where that is at hand."""

    before: Record
    after: Record
    fields: frozenset[str]
    parent: Record | None = None
    place: str = ""


class LineRemoved(NamedTuple):
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
