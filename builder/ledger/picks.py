"""Picks: which batch (or bin, or bill) an issue without one takes. Pure.

Expired records and rows without anything available are never taken. What cannot be picked stays without a pick, so
that the guards speak first; where none does, the shortage is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from builder.errors import Problem
from builder.ledger.definition import IssueModel, Key
from builder.ledger.pieces import Piece, scaled
from builder.ledger.work import Books, Done, Work


def pick(work: Work, done: Done, piece: Piece) -> list[Piece]:
    """The piece split over what the issue order takes; the piece itself where there is nothing to pick."""
    books = work.books[done.intent.ledger]
    issue = books.model.issue
    qty = piece.measures[books.model.counted]
    if issue is None or piece.key[issue.pick] or qty == 0 or not _is_picked(work, books, issue, piece.key):
        return [piece]
    if qty > 0 or issue.order == "manual":
        work.refuse("PICK_REQUIRED", done.intent, dimension=books.model.dimensions[issue.pick].key)
        return []
    pieces, left = list[Piece](), -qty
    place = issue.grain.positions.index(issue.pick)
    for key, available in _candidates(work, books, issue, piece.key, done.intent.business_date):
        taken = min(left, available)
        if taken <= 0:
            break
        pieces.append(_part(books, issue, piece, key[place], -taken, is_first=not pieces))
        left -= taken
    if left:
        pieces.append(_part(books, issue, piece, 0, -left, is_first=not pieces))
        measure = books.model.measures[books.model.counted]
        params = {
            "ledger": books.model.key,
            "line_no": done.intent.line_no,
            "dimension": books.model.dimensions[issue.pick].key,
            "shortage": measure.exact(left),
            "available": measure.exact(-qty - left),
        }
        work.shortages.append(Problem("PICK_SHORT", done.intent.path, params))
    return pieces


def _is_picked(work: Work, books: Books, issue: IssueModel, key: Key) -> bool:
    if issue.when is None:
        return True
    positions = tuple(range(len(key)))
    return bool(issue.when.evaluate(work.context(books, key, positions)))


def _part(books: Books, issue: IssueModel, piece: Piece, chosen: int, qty: int, *, is_first: bool) -> Piece:
    """A part of the piece: its quantity is its own; other measures stay with the first part."""
    part = piece if is_first else Piece(piece.key, (0,) * len(piece.measures), kind=piece.kind, day=piece.day)
    return part.with_pick(issue.pick, chosen).with_measure(books.model.counted, qty)


def _candidates(work: Work, books: Books, issue: IssueModel, key: Key, on: date) -> list[tuple[Key, int]]:
    """Rows at the issue grain that share the other dimensions, in issue order, with what each has available."""
    at = issue.grain.of(key)
    place = issue.grain.positions.index(issue.pick)
    found: list[tuple[Any, Key, int]] = []
    for row_key in _row_keys(books, issue):
        if row_key[:place] + row_key[place + 1 :] != at[:place] + at[place + 1 :] or not row_key[place]:
            continue
        fields = books.state.fields.get((books.model.dimensions[issue.pick].key, row_key[place]), {})
        available = _available(work, books, issue, row_key)
        if available > 0 and not _is_expired(issue, fields, on):
            found.append((_rank(issue, fields, row_key[place]), row_key, available))
    found.sort(key=lambda x: x[0], reverse=issue.order == "lifo")
    return [(row_key, available) for _, row_key, available in found]


def _row_keys(books: Books, issue: IssueModel) -> list[Key]:
    known = {k for g, k in books.state.rows if g == issue.grain.number}
    known |= {k for g, k in books.rows if g == issue.grain.number}
    return sorted(known)


def _available(work: Work, books: Books, issue: IssueModel, key: Key) -> int:
    row = books.row(issue.grain, key)
    if issue.available is None:
        return row[books.model.counted]
    value = issue.available.evaluate(work.context(books, key, issue.grain.positions, row))
    scale = books.model.measures[books.model.counted].scale
    return scaled(value, scale) if isinstance(value, Decimal) else 0


def _is_expired(issue: IssueModel, fields: Mapping[str, Any], on: date) -> bool:
    expires = fields.get(issue.expires) if issue.expires else None
    return isinstance(expires, date) and expires < on


def _rank(issue: IssueModel, fields: Mapping[str, Any], chosen: int) -> tuple[bool, Any, int]:
    """First the order's own field (records without it come last), then the older record."""
    by = fields.get(issue.by) if issue.by else None
    has_none = by is None and bool(issue.by)
    comes_late = has_none if issue.order != "lifo" else not has_none
    return comes_late, by if by is not None else 0, chosen
