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


Event = RecordCreated | RecordChanged | RecordDeleted | TransitionFired | ApprovalChanged | ButtonPressed
