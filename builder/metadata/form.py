"""Form and view: how one record is entered or shown, and a saved way to see many. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from builder.metadata.layout import Layout
from builder.metadata.text import Text


@dataclass(frozen=True, slots=True)
class Proposal:
    """Lines that a document can begin with: one for every record that the line field ``field`` may refer to, in the order of ``sort`` (paths of those
    records, smallest first). With ``amount`` (a line field with a default or a formula) only those whose line would have more than zero there; together
    they take at most the header's number ``within``, where that is entered: the first in full, the last what is left."""

    field: str
    label: Text
    amount: str = ""
    within: str = ""
    sort: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormNode:
    """One node of a form. ``section`` and ``tab`` hold ``nodes``; ``field`` shows field ``field`` over ``width`` of the
    section's ``columns``; ``lines`` shows lines field ``field`` as a grid with ``columns_shown`` (line field keys), ``totals`` (keys that are
    summed below), ``beside`` (live balance/lookup fields of the line shown beside it), ``scan`` (a scan field above), ``proposal`` (lines that can be filled in);
    ``text`` is words. With ``scan_into`` (a line field that is entered) a scan means a line that is there: it goes to that field, and what is on no
    line is refused. With ``scan_up_to`` (a line field) beside it a scan enters how much there is to be, in the first line of the thing where nothing is
    entered; a label that says how much adds that, never beyond it."""

    uid: str
    kind: Literal["section", "tab", "field", "lines", "text"]
    label: Text | None = None
    field: str = ""
    width: int = 1
    columns: int = 3
    nodes: tuple[FormNode, ...] = ()
    columns_shown: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    scan: bool = False
    scan_into: str = ""
    scan_up_to: str = ""
    proposal: Proposal | None = None
    visible_if: str | None = None
    read_only: bool = False
    collapsed: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """How one record of ``entity`` is entered and shown. The first form of an entity is its default."""

    uid: str
    key: str
    entity: str
    label: Text
    nodes: tuple[FormNode, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: a field path (``customer.level``), with an optional label and width in characters."""

    uid: str
    field: str
    label: Text | None = None
    width: int | None = None


@dataclass(frozen=True, slots=True)
class SortKey:
    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A saved way to see many records of ``entity``. The first view of an entity is its default list. ``kind`` is how they are laid out at first:
    as a list, or as the first of the ``layouts`` of that kind."""

    uid: str
    key: str
    entity: str
    label: Text
    columns: tuple[Column, ...]
    kind: Literal["list", "gantt", "calendar", "board"] = "list"
    layouts: tuple[Layout, ...] = ()
    filter: Mapping[str, Any] | None = None
    sort: tuple[SortKey, ...] = ()
    totals: tuple[str, ...] = ()
    quick_filters: tuple[str, ...] = ()
    page_size: int = 50
    help: Text | None = None
