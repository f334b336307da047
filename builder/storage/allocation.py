"""Allocation: which slot a field gets. Pure.

Fields of a template take slots upwards and local ones downwards, so that an upgrade rarely finds its slot taken. Fields that are
searched by exact value get slots with an index first. What fits nowhere lives in ``ext`` (its slot is then ``ext:`` and the family; a
second place without a slot that one field had is ``ext#1``). A slot that held something is not given to another field until it is purged:
rolling back finds its values. A *shadow* is the place that a field is
moving to while people work (see ``shadows``): it becomes the live one here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from builder.errors import InvalidError, Problem
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import field_type
from builder.storage.slots import unique_keys
from builder.storage.tables.pool import EXT, INDEXED, is_indexed, slot_names
from builder.storage.values import is_stored, turn_of

MULTI = "multi"
LETTERS = {"text": "t", "number": "n", "date": "d", "reference": "r", "ext": EXT, "multi": MULTI}
INDEXED_TYPES = frozenset(
    {"choice", "auto_number", "barcode", "reference", "user", "org_unit", "date", "datetime"}
)

State = Literal["live", "shadow", "retired", "emptying"]


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One row of ``slot``: a field (or unique key) in its place. ``type`` is the field's when it got the place ("": not known)."""

    slot: str
    field_uid: str
    field_no: int
    scale: int | None = None
    state: State = "live"
    epoch: int = 1
    type: str = ""


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
    shadows: dict[str, SlotRow]
    others: list[SlotRow]
    moves: list[Move] = field(default_factory=list)

    @property
    def taken(self) -> set[str]:
        return {row.slot for row in self.rows}

    @property
    def rows(self) -> tuple[SlotRow, ...]:
        return (*self.live.values(), *self.retired, *self.shadows.values(), *self.others)

    def number(self, uid: str) -> int:
        """The field's number: the one that it ever had, or the next."""
        known = [row.field_no for row in self.rows if plain(row.field_uid) == uid]
        if known:
            return known[0]
        self.next_no += 1
        return self.next_no - 1

    def retire(self, uid: str) -> None:
        """Keep the place, its values and its number, under a name that leaves the field free to live elsewhere."""
        self.retired.append(named_aside(self.live.pop(uid), "retired", self.rows))

    def promote(self, found: Field) -> bool:
        """Let the field live where it was moving to, if that place fits: commits and the backfill have filled it."""
        shadow = self.shadows.get(found.uid)
        if shadow is None or found.uid not in self.live or not _fits(found, shadow):
            return False
        del self.shadows[found.uid]
        self.retire(found.uid)
        self.live[found.uid] = replace(shadow, state="live", epoch=max(shadow.epoch, 1))
        return True

    def revive(self, found: Field, *, moving: bool = False) -> bool:
        """Give a field that was gone its old place again, if the place still fits; to one that is moving only where it would stay."""
        for row in reversed(self.retired):
            if plain(row.field_uid) == found.uid and (
                _stays(self, found, row) if moving else _fits(found, row)
            ):
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
        {row.field_uid: row for row in ours if row.state == "shadow"},
        [row for row in ours if row.state == "emptying"],
    )
    stored = {f.uid: f for f in entity.fields if is_stored(f)}
    for uid in [uid for uid in work.live if uid not in stored]:
        work.retire(uid)
    _fields(work, list(stored.values()))
    keys, filled, cleared = _uniques(
        entity, declared, [row for row in known if row.slot.startswith("u")], changed_keys
    )
    return Allocation((*work.rows, *keys), work.next_no, tuple(work.moves), filled, cleared)


def _fields(work: _Work, fields: Sequence[Field]) -> None:
    moved: dict[str, SlotRow] = {}
    waiting: list[Field] = []
    for found in fields:
        row = work.live.get(found.uid)
        if work.promote(found) or (row is not None and _stays(work, found, row)):
            continue
        if row is not None:
            work.retire(found.uid)
            if work.revive(found, moving=True):
                work.moves.append(Move(row, work.live[found.uid]))
                continue
            moved[found.uid] = row
            waiting.append(found)
        elif not work.revive(found):
            waiting.append(found)
    # Those that want an index choose first; among equals the order of the definition decides.
    numbers = {found.uid: work.number(found.uid) for found in waiting}
    for found in sorted(waiting, key=lambda f: not _wants_index(work.entity, f)):
        work.live[found.uid] = SlotRow(
            _choose(work, found), found.uid, numbers[found.uid], _scale(found), type=found.type
        )
        if found.uid in moved:
            work.moves.append(Move(moved[found.uid], work.live[found.uid]))


def _choose(work: _Work, found: Field) -> str:
    letter = _letter(found)
    if letter in {EXT, MULTI}:
        return _unslotted(work, found, letter)
    names = list(slot_names(letter))
    indexed, plain = names[: INDEXED.get(letter, 0)], names[INDEXED.get(letter, 0) :]
    if found.local:
        indexed, plain = indexed[::-1], plain[::-1]
    order = (*indexed, *plain) if _wants_index(work.entity, found) else (*plain, *indexed)
    taken = work.taken
    return next((name for name in order if name not in taken), None) or _unslotted(
        work, found, f"{EXT}:{letter}"
    )


def _unslotted(work: _Work, found: Field, name: str) -> str:
    """A place without a slot that is none of those which the field had before: their values stay for a roll-back."""
    had = [row.slot for row in work.rows if plain(row.field_uid) == found.uid and not row.slot[1:].isdigit()]
    turn = 1 + max((turn_of(slot) for slot in had), default=-1)
    return f"{name}#{turn}" if turn else name


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
    if row.scale != _scale(found) or not _same_form(row.type, found.type):
        return False
    letter, slot = _letter(found), row.slot.partition("#")[0]
    if letter in {EXT, MULTI}:
        return slot == letter
    return slot == f"{EXT}:{letter}" or (slot[0] == letter and slot[1:].isdigit())


def keeps(found: Field, row: SlotRow) -> bool:
    """Whether the place is one that the field had, and its values there can be read as they are."""
    return plain(row.field_uid) == found.uid and is_stored(found) and _fits(found, row)


def _same_form(kept: str, wanted: str) -> bool:
    """Whether a slot keeps values of both types alike. References mean other things even where they look alike."""
    if kept in {"", wanted}:
        return True
    one, other = type(field_type(kept)), type(field_type(wanted))
    return one.storage == other.storage != "reference" and (one.encode, one.decode) == (
        other.encode,
        other.decode,
    )


def _stays(work: _Work, found: Field, row: SlotRow) -> bool:
    """Whether the field stays where it is: the place fits, and has an index where the definition says so and one is free."""
    if not _fits(found, row):
        return False
    if not found.indexed or is_indexed(row.slot):
        return True
    letter = _letter(found)
    free = set(slot_names(letter)[: INDEXED[letter]]) - work.taken if letter in INDEXED else set()
    return not free


def named_aside(row: SlotRow, state: State, known: Iterable[SlotRow]) -> SlotRow:
    """The place under a name of its own, so that the field is free to live elsewhere."""
    uid = plain(row.field_uid)
    epoch = 1 + max((r.epoch for r in known if r.field_uid.startswith(f"{uid}~")), default=0)
    return replace(row, field_uid=f"{uid}~{epoch}", state=state, epoch=epoch)


def _wants_index(entity: Entity, found: Field) -> bool:
    return (
        found.indexed
        or found.unique
        or found.key == entity.title
        or found.key in entity.scan
        or found.type in INDEXED_TYPES
    )


def plain(uid: str) -> str:
    """The field's uid, whatever name its place was put aside under."""
    return uid.partition("~")[0]
