"""Offer: which records the chooser of a reference offers, by what a ledger holds of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Offer:
    """Records of which a ledger holds something now, each with how much: the batches of an item that are in one place. The reference is
    the ``dimension`` of ``ledger``, ``dimensions`` (key → expression over this record) limit the others; one that gives nothing does not.
    ``measure`` (or an expression over measures) is how much there is, in the ``unit`` at the end of a path of this record; where it is not
    above zero the record is not offered. ``filter`` limits the offered records further, ``by`` is the field whose smallest comes first.
    Records that ``expires`` puts before the day of the document come last and say so, or ``never``. It is an aid of the chooser alone: what
    is typed in full is found all the same, and what a document takes is judged by its guards."""

    ledger: str
    dimension: str
    measure: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    filter: Mapping[str, Any] | None = None
    by: str = ""
    expires: str = ""
    expired: Literal["last", "never"] = "last"
    unit: str = ""
