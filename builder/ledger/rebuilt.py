"""Rebuilt: what is left of each receipt and what each issue still lacks, computed again from entries and edges alone.

An entry that brought units has what it brought, less what went out of it along edges to entries that stand; an issue lacks what it
took out, less what edges brought it. Only lanes whose method keeps layers say so row by row; of every pool
its layers, less its shortages, are what its entries come to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, and_, case, false, func, literal, or_, select, true, union_all

from builder.ledger.columns import GRAIN_KEY, key_values
from builder.ledger.costing import METHODS
from builder.ledger.costing.decreed import STANDARD
from builder.ledger.definition import LANE, CostModel, LedgerModel
from builder.ledger.findings import Finding, named
from builder.ledger.switching import TURN
from builder.storage.tables.ledgers import balance, edge, entry, layer

ALONE = "fifo"
"""The method whose layers have a value of their own; where units of a lot cost alike, the lot has it."""


def rebuilt(conn: Connection, model: LedgerModel, ws: int) -> Iterator[Finding]:
    """A finding per layer or shortage, and per pool, that is not what entries and edges say."""
    if model.cost is None:
        return
    kept = [
        m for m in _methods(conn, model, ws) if (found := METHODS.find(m)) is not None and found.uses_layers
    ]
    if kept:
        yield from _rows(conn, model, model.cost, ws, kept)
        yield from _sums(conn, model, model.cost, ws, kept)


def _methods(conn: Connection, model: LedgerModel, ws: int) -> list[str]:
    own = (balance.c.ws == ws, balance.c.ledger_id == model.ledger_id, balance.c.grain == LANE)
    return list(conn.execute(select(balance.c.method).where(*own).distinct()).scalars())


def _lane(model: LedgerModel, table: Any) -> Any:
    """The lane's row of an entry (or an alias of it)."""
    names = [table.c[f"k{model.dimensions[p].number}"] for p in model.lane.positions]
    same = [balance.c[name] == value for name, value in zip(GRAIN_KEY, names, strict=False)]
    rest = [balance.c[name] == 0 for name in GRAIN_KEY[len(names) :]]
    return and_(
        balance.c.ws == table.c.ws,
        balance.c.ledger_id == table.c.ledger_id,
        balance.c.grain == LANE,
        *same,
        *rest,
    )


def _rows(
    conn: Connection, model: LedgerModel, cost: CostModel, ws: int, methods: list[str]
) -> Iterator[Finding]:
    """Layers and shortages one by one, in the order of entries: never more than one row at hand."""
    qty, value = (f"m{model.measures[place].number}" for place in (cost.quantity, cost.value))
    moves = _Moves(model, cost, ws, qty, value)
    went, came, returned = moves.went(), moves.came(), moves.returned()
    moved, is_return, shifted = entry.c[qty], returned.c.id.is_not(None), moves.shifted()
    is_shift = shifted.c.id.is_not(None)
    own = case((is_shift, shifted.c.qty), (is_return, func.coalesce(returned.c.qty, 0)), else_=moved)
    brought = own - func.coalesce(went.c.qty, 0)
    times, gone, pools = moves.times(), moves.gone(shifted), moves.pools()
    is_back = or_(times.c.id.is_not(None), gone.c.id.is_not(None))
    lacks = case((is_back, 0), else_=-moved - func.coalesce(came.c.qty, 0))
    worth = entry.c[value] - func.coalesce(went.c.value, 0)
    expected, left = case((moved > 0, brought), else_=lacks), func.coalesce(layer.c.qty_left, 0)
    is_plain = and_(moved > 0, ~is_return, ~is_shift, balance.c.method == ALONE)
    differs = and_(
        is_plain, worth != func.coalesce(layer.c.value_left, 0), func.coalesce(pools.c.disturbed, 0) == 0
    )
    columns = [entry.c[f"k{d.number}"] for d in model.dimensions]
    of_entry = and_(layer.c.ws == entry.c.ws, layer.c.entry_id == entry.c.entry_id, layer.c.kind != STANDARD)
    statement = (
        select(entry.c.entry_id, entry.c.business_date, expected, worth, left, layer.c.value_left, *columns)
        .join(balance, _lane(model, entry))
        .outerjoin(layer, of_entry)
        .outerjoin(went, went.c.from_entry == entry.c.entry_id)
        .outerjoin(came, came.c.to_entry == entry.c.entry_id)
        .outerjoin(returned, returned.c.id == entry.c.entry_id)
        .outerjoin(shifted, shifted.c.id == entry.c.entry_id)
        .outerjoin(times, times.c.id == entry.c.entry_id)
        .outerjoin(gone, gone.c.id == entry.c.entry_id)
        .outerjoin(pools, moves.of_pool(pools))
        .where(moves.own(entry), moved != 0, balance.c.method.in_(methods))
        .where(or_(expected != left, differs), ~moves.is_elsewhere(pools))
        .order_by(entry.c.entry_id)
    )
    for id, day, wanted, amount, rest, is_worth, *key in conn.execute(statement):
        name = {"entry": id, **named(model, cost.grain, cost.grain.of(tuple(key)), day=day)}
        yield Finding("LAYER", model.key, "layer", name, (int(wanted), int(amount)), (int(rest), is_worth))


class _Moves:
    """Queries over the entries of one ledger and the edges between them. ``void`` are issues whose units lie in their layers again, by
    what brought them back: a reversal, or what they became at another place of their pool."""

    def __init__(self, model: LedgerModel, cost: CostModel, ws: int, qty: str, value: str) -> None:
        self._model, self._cost, self._ws, self._qty, self._value = model, cost, ws, qty, value
        self._pool = [f"k{model.dimensions[p].number}" for p in cost.grain.positions]
        self._void = self._voids()

    def own(self, table: Any) -> Any:
        return and_(table.c.ws == self._ws, table.c.ledger_id == self._model.ledger_id)

    def _voids(self) -> Any:
        undoing, out, into = entry.alias(), entry.alias(), entry.alias()
        undone = select(undoing.c.concerns_entry.label("id"), undoing.c.entry_id.label("by")).where(
            self.own(undoing), undoing.c.kind == "reversal", undoing.c[self._qty] > 0
        )
        told = self._cost.told_by
        lot = [f"k{self._model.dimensions[told].number}"] if told is not None else []
        opposite = [out.c[name] == -into.c[name] for name in (self._qty, self._value)]
        moved = (
            select(edge.c.from_entry, edge.c.to_entry)
            .join(out, and_(out.c.ws == edge.c.ws, out.c.entry_id == edge.c.from_entry))
            .join(into, and_(into.c.ws == edge.c.ws, into.c.entry_id == edge.c.to_entry))
            .where(edge.c.ws == self._ws, self.own(out), self.own(into), out.c[self._qty] < 0, *opposite)
            .where(*(out.c[name] == into.c[name] for name in {*self._pool, *lot}))
        )
        return undone.union(moved).cte("void")

    def times(self) -> Any:
        """How often the units of an issue were brought back."""
        return select(self._void.c.id, func.count().label("times")).group_by(self._void.c.id).subquery()

    @staticmethod
    def gone(shifted: Any) -> Any:
        """What a count took back at once."""
        return select(shifted.c.of.label("id")).distinct().subquery()

    def went(self) -> Any:
        """What left each entry along edges to issues, less what they brought back to its layer."""
        to, kept = entry.alias(), layer.alias()
        times = self.times()
        back = case((kept.c.entry_id.is_(None), 0), else_=func.coalesce(times.c.times, 0))
        sums = [func.sum(edge.c[name] * (1 - back)).label(name) for name in ("qty", "value")]
        # What was only brought back has no layer of its own: taken back again, it leaves the one it had gone to.
        brought = edge.c.from_entry.in_(select(self._void.c.by))
        again = and_(to.c.kind == "reversal", to.c.concerns_entry == edge.c.from_entry, brought)
        statement = (
            select(edge.c.from_entry, *sums)
            .join(to, and_(to.c.ws == edge.c.ws, to.c.entry_id == edge.c.to_entry))
            .outerjoin(kept, and_(kept.c.ws == edge.c.ws, kept.c.entry_id == edge.c.from_entry))
            .outerjoin(times, times.c.id == edge.c.to_entry)
            .where(edge.c.ws == self._ws, self.own(to), or_(to.c[self._qty] < 0, edge.c.qty == 0), ~again)
        )
        return statement.group_by(edge.c.from_entry).subquery()

    def came(self) -> Any:
        statement = select(edge.c.to_entry, func.sum(edge.c.qty).label("qty")).where(edge.c.ws == self._ws)
        return statement.group_by(edge.c.to_entry).subquery()

    def returned(self) -> Any:
        """What brought an issue back, with how much of it found no layer to go to."""
        kept = layer.alias()
        lost = case((kept.c.entry_id.is_(None), func.coalesce(edge.c.qty, 0)), else_=0)
        statement = (
            select(self._void.c.by.label("id"), func.sum(lost).label("qty"))
            .outerjoin(edge, and_(edge.c.ws == self._ws, edge.c.to_entry == self._void.c.id))
            .outerjoin(kept, and_(kept.c.ws == edge.c.ws, kept.c.entry_id == edge.c.from_entry))
        )
        return statement.group_by(self._void.c.by).subquery()

    def shifted(self) -> Any:
        """What a count took back at once (``of``) by what (``id``), with what it had found in layers: only that is there again, as a layer
        of its own."""
        out, came = entry.alias(), self.came()
        into = entry.alias()
        keys = [out.c[f"k{d.number}"] == into.c[f"k{d.number}"] for d in self._model.dimensions]
        pairs = (
            select(into.c.entry_id.label("id"), func.max(out.c.entry_id).label("of"))
            .join(out, and_(out.c.ws == into.c.ws, out.c.journal_id == into.c.journal_id, *keys))
            .where(self.own(into), into.c.kind == "count_shift", into.c[self._qty] > 0)
            .where(out.c.line_id == into.c.line_id, out.c[self._qty] == -into.c[self._qty])
            .where(out.c.kind != "count_shift", out.c.entry_id < into.c.entry_id)
            .group_by(into.c.entry_id)
            .subquery()
        )
        query = select(pairs.c.id, pairs.c.of, func.coalesce(came.c.qty, 0).label("qty"))
        return query.outerjoin(came, came.c.to_entry == pairs.c.of).cte("shifted")

    def pools(self) -> Any:
        """What happened to each pool that no edge tells: ``disturbed``, value came to it without units, and which layer took how much of it no
        entry says; ``shifted``, a count moved something."""
        about = entry.alias()
        qty, value, kind = entry.c[self._qty], entry.c[self._value], entry.c.kind
        trues_up = and_(kind == "true_up", about.c[self._qty] < 0)
        alone = and_(qty == 0, value != 0, kind != "residue", ~func.coalesce(trues_up, false()))
        keys = [entry.c[name] for name in self._pool]
        flags = (
            func.max(case((alone, 1), else_=0)).label("disturbed"),
            func.max(case((kind == "count_shift", 1), else_=0)).label("shifted"),
        )
        joined = and_(about.c.ws == entry.c.ws, about.c.entry_id == entry.c.concerns_entry)
        statement = select(*keys, *flags).outerjoin(about, joined).where(self.own(entry))
        return statement.where(or_(qty == 0, kind == "count_shift")).group_by(*keys).subquery()

    def of_pool(self, pools: Any) -> Any:
        return and_(true(), *(pools.c[name] == entry.c[name] for name in self._pool))

    def _turned(self) -> Any:
        """The place in the order of the entry's lane of the last switch of its method: all pools of a lane are switched together, and one
        that was empty then has no entry of the switch."""
        turn = entry.alias()
        lane = (f"k{self._model.dimensions[p].number}" for p in self._model.lane.positions)
        last = select(func.coalesce(func.max(turn.c.seq), 0)).where(
            self.own(turn), turn.c.kind == "reclass", turn.c.reason.contains(TURN, autoescape=True)
        )
        return (
            last.where(*(turn.c[name] == entry.c[name] for name in lane)).correlate(entry).scalar_subquery()
        )

    def is_elsewhere(self, pools: Any) -> Any:
        """Whether the entry's own rest cannot be known: the pool's method was switched since (it went into the entry of the switch), or a
        replay worked again what a count had shifted or a document had given back (no edge says in which layer that lies)."""
        turned, shifted = self._turned(), func.coalesce(pools.c.shifted, 0)
        given_back = and_(entry.c.kind == "reversal", entry.c[self._qty] > 0)
        if self._model.ledger.order == "replay":
            return or_(turned > 0, shifted == 1, given_back)
        return or_(turned > entry.c.seq, and_(turned > 0, given_back))


def _sums(
    conn: Connection, model: LedgerModel, cost: CostModel, ws: int, methods: list[str]
) -> Iterator[Finding]:
    """Every pool: its layers less its shortages are the sum of its entries."""
    places = cost.grain.positions
    booked = [entry.c[f"k{model.dimensions[p].number}"].label(f"p{p}") for p in places]
    kept = [layer.c[f"k{n}"].label(f"p{p}") for n, p in enumerate(places, 1)]
    qty, value = (entry.c[f"m{model.measures[p].number}"] for p in (cost.quantity, cost.value))
    sign, nothing = case((layer.c.kind == "short", -1), else_=1), literal(0)
    all_of = union_all(
        select(
            *booked, qty.label("qty"), value.label("value"), nothing.label("left"), nothing.label("worth")
        ).where(entry.c.ws == ws, entry.c.ledger_id == model.ledger_id),
        select(*kept, nothing, nothing, sign * layer.c.qty_left, sign * layer.c.value_left).where(
            layer.c.ws == ws, layer.c.ledger_id == model.ledger_id, layer.c.kind != STANDARD
        ),
    ).subquery()
    keys = [all_of.c[f"p{p}"] for p in places]
    totals = [func.sum(all_of.c[name]).label(name) for name in ("qty", "value", "left", "worth")]
    pools = (
        select(*keys, *totals)
        .group_by(*keys)
        .having(or_(totals[0] != totals[2], totals[1] != totals[3]))
        .subquery()
    )
    lane: tuple[Any, ...] = tuple(pools.c[f"p{p}"] for p in model.lane.positions)
    of_lane: dict[str, Any] = key_values(lane)
    statement = select(pools).join(balance, and_(*(balance.c[name] == v for name, v in of_lane.items())))
    own = (balance.c.ws == ws, balance.c.ledger_id == model.ledger_id, balance.c.grain == LANE)
    for *key, units, amount, left, worth in conn.execute(
        statement.where(*own, balance.c.method.in_(methods))
    ):
        yield Finding(
            "LAYERS",
            model.key,
            "layer",
            named(model, cost.grain, tuple(key)),
            (int(units), int(amount)),
            (int(left), int(worth)),
        )
