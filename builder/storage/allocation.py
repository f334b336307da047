"""Allocation: which slot a field gets. Pure.

Fields of a template take slots upwards and local ones downwards, so that an upgrade rarely finds its slot taken. Fields that are
searched by exact value get slots with an index first. What fits nowhere lives in ``ext`` (its slot is then ``ext:`` and the family). A slot that held something is not given to
another field: rolling back finds its values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from builder.errors import InvalidError, Problem
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import field_type
from builder.storage.slots import unique_keys
from builder.storage.tables.pool import EXT, INDEXED, slot_names
from builder.storage.values import is_stored

MULTI = "multi"
LETTERS = {"text": "t", "number": "n", "date": "d", "reference": "r", "ext": EXT, "multi": MULTI}
INDEXED_TYPES = frozenset(
    {"choice", "auto_number", "barcode", "reference", "user", "org_unit", "date", "datetime"}
)

State = Literal["live", "shadow", "retired"]


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One row of ``slot``: a field (or unique key) in its place."""

    slot: str
    field_uid: str
    field_no: int
    scale: int | None = None
    state: State = "live"
    epoch: int = 1


@dataclass(frozen=True, slots=True)
class Move:
    """A field whose values must come along from its old place into its new one."""

    old: SlotRow
    new: SlotRow


@dataclass(frozen=True)
class Allocation:
    """The entity's rows as they shall be. ``moves`` must be carried out on records that exist, ``filled`` unique slots worked out for
    them, ``cleared`` ones emptied."""

    rows: tuple[SlotRow, ...]
    next_field_no: int
    moves: tuple[Move, ...] = ()
    filled: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()


@dataclass
class _Work:
    entity: Entity
    next_no: int
    live: dict[str, SlotRow]
    retired: list[SlotRow]
    moves: list[Move] = field(default_factory=list)

    @property
    def taken(self) -> set[str]:
        return {row.slot for row in (*self.live.values(), *self.retired)}

    def number(self, uid: str) -> int:
        """The field's number: the one that it ever had, or the next."""
        known = [row.field_no for row in (*self.live.values(), *self.retired) if _plain(row.field_uid) == uid]
        if known:
            return known[0]
        self.next_no += 1
        return self.next_no - 1

    def retire(self, uid: str) -> None:
        """Keep the place, its values and its number, under a name that leaves the field free to live elsewhere."""
        row = self.live.pop(uid)
        epoch = 1 + max((r.epoch for r in self.retired if _plain(r.field_uid) == uid), default=0)
        self.retired.append(replace(row, field_uid=f"{uid}~{epoch}", state="retired", epoch=epoch))

    def revive(self, found: Field) -> bool:
        """Give a field that was gone its old place again, if the place still fits."""
        for row in reversed(self.retired):
            if _plain(row.field_uid) == found.uid and _fits(found, row):
                self.retired.remove(row)
                self.live[found.uid] = replace(row, field_uid=found.uid, state="live")
                return True
        return False


def allocate(
    entity: Entity, rows: Iterable[SlotRow], next_field_no: int, changed_keys: Iterable[str] = ()
) -> Allocation:
    """Places for every stored field and unique key of ``entity``, where ``rows`` says what it has. ``changed_keys`` are uids of unique
    keys that are made of something else than before. Raises ``InvalidError`` for more unique keys than there are slots."""
    known = list(rows)
    declared = dict(unique_keys(entity))
    ours = [row for row in known if not row.slot.startswith("u")]
    work = _Work(
        entity,
        next_field_no,
        {row.field_uid: row for row in ours if row.state == "live"},
        [row for row in ours if row.state == "retired"],
    )
    stored = {f.uid: f for f in entity.fields if is_stored(f)}
    for uid in [uid for uid in work.live if uid not in stored]:
        work.retire(uid)
    _fields(work, list(stored.values()))
    keys, filled, cleared = _uniques(
        entity, declared, [row for row in known if row.slot.startswith("u")], changed_keys
    )
    return Allocation(
        (*work.live.values(), *work.retired, *keys), work.next_no, tuple(work.moves), filled, cleared
    )


def _fields(work: _Work, fields: Sequence[Field]) -> None:
    moved: dict[str, SlotRow] = {}
    waiting: list[Field] = []
    for found in fields:
        row = work.live.get(found.uid)
        if row is not None and _fits(found, row):
            continue
        if row is not None:
            work.retire(found.uid)
            if work.revive(found):
                work.moves.append(Move(row, work.live[found.uid]))
                continue
            moved[found.uid] = row
            waiting.append(found)
        elif not work.revive(found):
            waiting.append(found)
    # Those that want an index choose first; among equals the order of the definition decides.
    numbers = {found.uid: work.number(found.uid) for found in waiting}
    for found in sorted(waiting, key=lambda f: not _wants_index(work.entity, f)):
        work.live[found.uid] = SlotRow(_choose(work, found), found.uid, numbers[found.uid], _scale(found))
        if found.uid in moved:
            work.moves.append(Move(moved[found.uid], work.live[found.uid]))


def _choose(work: _Work, found: Field) -> str:
    letter = _letter(found)
    if letter in {EXT, MULTI}:
        return letter
    names = list(slot_names(letter))
    indexed, plain = names[: INDEXED.get(letter, 0)], names[INDEXED.get(letter, 0) :]
    if found.local:
        indexed, plain = indexed[::-1], plain[::-1]
    order = (*indexed, *plain) if _wants_index(work.entity, found) else (*plain, *indexed)
    taken = work.taken
    return next((name for name in order if name not in taken), f"{EXT}:{letter}")


def _uniques(
    entity: Entity, declared: Mapping[str, object], rows: list[SlotRow], changed: Iterable[str]
) -> tuple[tuple[SlotRow, ...], tuple[str, ...], tuple[str, ...]]:
    kept = {row.field_uid: row for row in rows if row.field_uid in declared}
    gone = [row.slot for row in rows if row.field_uid not in declared]
    free = [name for name in slot_names("u") if name not in {row.slot for row in kept.values()}]
    filled = [kept[uid].slot for uid in changed if uid in kept]
    for uid in declared:
        if uid in kept:
            continue
        if not free:
            raise InvalidError(
                "PACKAGE_INVALID",
                problems=[
                    Problem(
                        "UNIQUE_KEYS",
                        f"entities/{entity.key}.json#/constraints",
                        {"max": len(slot_names("u"))},
                    )
                ],
            )
        kept[uid] = SlotRow(free.pop(0), uid, 0)
        filled.append(kept[uid].slot)
    return tuple(kept.values()), tuple(filled), tuple(slot for slot in gone if slot not in filled)


def _letter(found: Field) -> str:
    return LETTERS[field_type(found.type).storage]


def _scale(found: Field) -> int | None:
    return field_type(found.type).scale_of(found) if _letter(found) == "n" else None


def _fits(found: Field, row: SlotRow) -> bool:
    """Whether the place keeps the field's values as they are: the same kind of value at the same scale."""
    letter = _letter(found)
    if row.scale != _scale(found):
        return False
    if letter in {EXT, MULTI}:
        return row.slot == letter
    return row.slot == f"{EXT}:{letter}" or (row.slot[0] == letter and row.slot[1:].isdigit())


def _wants_index(entity: Entity, found: Field) -> bool:
    return (
        found.indexed
        or found.unique
        or found.key == entity.title
        or found.key in entity.scan
        or found.type in INDEXED_TYPES
    )


def _plain(uid: str) -> str:
    return uid.partition("~")[0]
