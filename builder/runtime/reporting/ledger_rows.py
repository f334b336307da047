"""Ledger rows: a ledger's movements, and its entries summed by day, as flat values by path for one actor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from builder.errors import TooLargeError
from builder.ledger import flows
from builder.record import Record, Value
from builder.rules.context import LEDGER
from builder.runtime.context import Context
from builder.runtime.ledger_reading import dimension_ids, grouping_of, ledger_of, names_of, scopes_of
from builder.runtime.movements import read_movements
from builder.runtime.report_rows import Limits, allowed, ids_of, limits_of
from builder.runtime.reporting.entry_rows import SIDES
from builder.runtime.rights import Filter

Values = Mapping[str, Value]
ZERO = Decimal(0)
MOST_SUMS = 1_000_000
"""Sums of a day that are folded: they are small."""
Days = tuple[date | None, date | None]
HEADS = tuple(side.removesuffix(".") for side in SIDES)
MOVEMENT = ("opening", "added", "taken", "closing")
"""What a movement knows of each measure: ``opening.<measure>`` and so on; ``taken`` is positive."""


def bare(path: str, heads: Sequence[str] = MOVEMENT) -> str:
    """The measure of a path that asks for a flow of it; any other path as it is."""
    head, _, rest = path.partition(".")
    return rest if head in heads and rest else path


def movement_rows(
    ctx: Context, key: str, where: Filter | None, paths: Sequence[str], days: Days
) -> Iterator[Values]:
    """Rows of what a period opened with, took in, gave out and closed with, by the dimensions that the paths and the filter name."""
    ledger, _, measures = ledger_of(ctx, key)
    limits = limits_of(ctx, ledger, where)
    wanted = [*paths, *limits.paths]
    allowed(ctx, ledger, measures, [bare(path) for path in wanted])
    own = frozenset(p for p in wanted if bare(p) == p and p not in measures)
    heads = {p.partition(".")[0] for p in own}
    group = [d.key for d in ledger.dimensions if d.key in heads]
    found = read_movements(ctx, key, group=group, days=days, where=limits.where)
    records = [Record(f"{LEDGER}{key}", 0, ids_of(row.dimensions)) for row in found]
    for row, values in zip(found, ctx.facts.values_many(own, records), strict=True):
        flow: dict[str, Value] = {}
        for measure, one in row.flows.items():
            flow |= {
                f"opening.{measure}": one.opening,
                f"added.{measure}": one.ins,
                f"taken.{measure}": one.outs,
                f"closing.{measure}": one.closing,
                measure: one.ins - one.outs,
            }
        whole = {**values, **flow}
        if limits.passes(ctx, whole):
            yield whole


def summed_entries(
    ctx: Context, key: str, limits: Limits, paths: Sequence[str], span: flows.Span
) -> Iterator[Values]:
    """The entries' sums by the dimensions that the paths and the filter name, and by day or month: worked out where they lie. What is known
    of a combination of dimensions is read once, however many days it has."""
    ledger, model, measures = ledger_of(ctx, key)
    own = frozenset(p for p in paths if bare(p, HEADS) == p and p not in measures and p != "business_date")
    allowed(ctx, ledger, measures, list(own))
    heads = {p.partition(".")[0] for p in own}
    group = grouping_of(ctx, ledger, [d.key for d in ledger.dimensions if d.key in heads])
    where, scope = dimension_ids(ctx, ledger, limits.where), scopes_of(ctx, ledger)
    found = list(
        flows.day_flows(
            ctx.conn,
            model,
            ctx.ws,
            group=group,
            span=span,
            days=limits.days,
            where=where,
            scope=scope,
            limit=MOST_SUMS + 1,
        )
    )
    if len(found) > MOST_SUMS:
        raise TooLargeError("REPORT_TOO_LARGE", most=MOST_SUMS)
    combined = {tuple(row.dimensions.values()): row.dimensions for row in found}
    names = names_of(ctx, ledger, model, group, list(combined.values()))
    records = [
        Record(f"{LEDGER}{key}", 0, ids_of({d: names[d].get(dimensions[d]) for d in group}))
        for dimensions in combined.values()
    ]
    known = dict(zip(combined, ctx.facts.values_many(own, records), strict=True))
    for row in found:
        flow = flow_values(row.ins, row.outs, measures, row.day)
        yield {**known[tuple(row.dimensions.values())], "business_date": row.day, **flow}


def flow_values(
    ins: Mapping[str, Decimal], outs: Mapping[str, Decimal], measures: frozenset[str], day: date | None
) -> dict[str, Value]:
    """``<measure>``, ``added.<measure>`` and ``taken.<measure>`` (positive) of those that may be seen."""
    found: dict[str, Value] = {}
    for measure in measures & ins.keys():
        added, taken = ins[measure], -outs[measure]
        found |= {measure: added - taken, f"added.{measure}": added, f"taken.{measure}": taken}
        if day is not None:
            found |= {f"added_on.{measure}": day} if added else {}
            found |= {f"taken_on.{measure}": day} if taken else {}
    return found


# Layers


def layer_rows(
    ctx: Context, key: str, where: Filter | None, paths: Sequence[str], as_of: date | None
) -> Iterator[Values]:
    """What is there at the end of ``as_of`` by the days on which it was added: what left took the oldest. The first measure that is asked for
    says how much is left of a day; the others go along in proportion, to the last digit."""
    ledger, _, measures = ledger_of(ctx, key)
    limits = limits_of(ctx, ledger, where)
    limits = replace(limits, days=(limits.days[0], as_of or limits.days[1]))
    wanted = [*paths, *limits.paths]
    allowed(ctx, ledger, measures, [p for p in wanted if p != "business_date"])
    asked = [m.key for m in ledger.measures if m.key in wanted]
    own = [p for p in wanted if p not in measures and p != "business_date"]
    groups: dict[tuple[Value, ...], list[Values]] = {}
    heads = [d.key for d in ledger.dimensions if d.key in {p.partition(".")[0] for p in own}]
    for row in summed_entries(ctx, key, limits, [*own, *heads, *asked, "business_date"], "day"):
        groups.setdefault(tuple(row.get(head) for head in heads), []).append(row)
    for rows in groups.values():
        for row in _left(rows, asked):
            if limits.passes(ctx, row):
                yield row


def _left(rows: Sequence[Values], asked: Sequence[str]) -> Iterator[Values]:
    """The layers of one combination of dimensions, the newest first."""
    if not asked:
        return
    first, *others = asked
    total = {m: sum((_number(row.get(m)) for row in rows), ZERO) for m in asked}
    left = total[first]
    spread = {m: total[m] for m in others}
    for row in sorted(rows, key=lambda r: str(r.get("business_date")), reverse=True):
        if left <= 0:
            break
        taken = min(left, _number(row.get(f"added.{first}")))
        if taken <= 0:
            continue
        left -= taken
        along = {m: _share(total[m], taken, total[first]) if left > 0 else spread[m] for m in others}
        spread = {m: spread[m] - along[m] for m in others}
        yield {**row, first: taken, **along}
    if left != 0 or (total[first] <= 0 and any(total.values())):
        yield {**rows[0], "business_date": None, first: left, **spread}


def _number(value: Value) -> Decimal:
    return value if isinstance(value, Decimal) else ZERO


def _share(total: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """A part of the total at the total's own digits."""
    return (total * part / whole).quantize(total, ROUND_HALF_UP)
