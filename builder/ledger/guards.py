"""Guards: what a plan may not do to any balance, today or on any later day; and thresholds somebody watches. Pure.

The slack rule: a posting is refused only if a slack is negative after it *and* smaller than before. So a posting that
improves a broken balance always passes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from builder.commands import Override
from builder.errors import Problem
from builder.expressions import Expression
from builder.ledger.definition import OLD, GrainModel, GuardModel, Key
from builder.ledger.outcome import Crossing, OverrideUse
from builder.ledger.state import Entry
from builder.ledger.work import Books, Work
from builder.metadata.filter import matches
from builder.record import BUSINESS_DATE


@dataclass(frozen=True, slots=True)
class Verdicts:
    problems: tuple[Problem, ...]
    overrides: tuple[OverrideUse, ...]
    crossings: tuple[Crossing, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved one row of a grain: the plan's entries in their order, and the guards that each posting behind them is exempt from."""

    entries: list[Entry]
    exempt: list[Collection[str]]


@dataclass(frozen=True, slots=True)
class Breach:
    """A guard that would be broken at a row; ``day`` is set where it happens on a day before the last."""

    guard: GuardModel
    key: Key
    entries: Sequence[Entry]
    before: tuple[int, ...]
    after: tuple[int, ...]
    slack: Decimal
    day: date | None


def judge(work: Work, overrides: Sequence[Override], may_override: Callable[[str], bool]) -> Verdicts:
    """Every breach as a problem or a recorded override, and every crossing of a watched slack."""
    asked = {o.guard: o for o in overrides}
    problems: list[Problem] = []
    used: list[OverrideUse] = []
    for books in work.books.values():
        for breach in _breaches(work, books):
            override = asked.get(breach.guard.guard.key) or asked.get(breach.guard.guard.uid)
            problem = _problem(work, books, breach, override, may_override)
            if problem is not None:
                problems.append(problem)
            elif override is not None:
                guard = breach.guard.guard
                ledger = books.model.key
                used.append(
                    OverrideUse(work.new_id(), ledger, guard.uid, breach.key, breach.slack, override.reason)
                )
    crossings = tuple(c for books in work.books.values() for c in _crossings(work, books))
    return Verdicts(tuple(problems), tuple(used), crossings)


def _touched(books: Books, grain: GrainModel) -> list[Key]:
    return sorted(key for number, key in books.moves if number == grain.number)


def _breaches(work: Work, books: Books) -> Iterator[Breach]:
    if books.model.is_turnover:
        return
    for grain, guards in groupby(books.model.guards, key=lambda guard: guard.grain):
        rows = _moved(work, books, grain)
        for guard in guards:
            for key in _touched(books, grain):
                breach = _breach(work, books, guard, key, rows[key])
                if breach is not None:
                    yield breach


def _moved(work: Work, books: Books, grain: GrainModel) -> Mapping[Key, Moved]:
    """Who moved each row, gathered once: a document of thousands of lines would otherwise look at all of them for each."""
    rows: dict[Key, Moved] = defaultdict(lambda: Moved([], []))
    for entry in books.entries:
        rows[grain.of(entry.key)].entries.append(entry)
    for done in work.done:
        if done.intent.ledger == books.model.key:
            for key in {grain.of(entry.key) for entry in done.entries}:
                rows[key].exempt.append(done.intent.exempt)
    return rows


def _breach(work: Work, books: Books, guard: GuardModel, key: Key, moved: Moved) -> Breach | None:
    """The first day on which the guard would be broken, or the end. It does not judge a row where all that moved it records
    what has happened already, such as a count; elsewhere what such entries move counts as if it had been there before."""
    name = guard.guard.key
    if moved.exempt and all(name in exempt for exempt in moved.exempt):
        return None
    names = _names(work, books, key, guard.grain, moved.entries)
    excused = [e for e in moved.entries if name in work.exempt.get(e.id, ())]
    for day, before, after in timeline(books, guard.grain, key):
        for entry in excused:
            if day is None or entry.business_date <= day:
                before = _plus(before, entry.measures)
        if before == after:
            continue
        slack = refused_slack(books, guard, names, before, after)
        if slack is not None:
            return Breach(guard, key, moved.entries, before, after, slack, day)
    return _breach_within(books, guard, names, key, moved.entries, excused) if guard.is_of_change else None


def _breach_within(
    books: Books,
    guard: GuardModel,
    names: Mapping[str, Any],
    key: Key,
    entries: Sequence[Entry],
    excused: Sequence[Entry],
) -> Breach | None:
    """Whether what one balance below the row moved breaks a guard that judges change: from one batch to another of a place that is
    frozen is a movement, though the place holds as much as before."""
    after = tuple(books.row(guard.grain, key))
    parts: dict[Key, tuple[int, ...]] = {}
    for entry in entries:
        if entry not in excused:
            parts[entry.key] = (
                _plus(parts[entry.key], entry.measures) if entry.key in parts else entry.measures
            )
    for moved in parts.values():
        before = _plus(after, tuple(-amount for amount in moved))
        slack = refused_slack(books, guard, names, before, after)
        if slack is not None:
            return Breach(guard, key, entries, before, after, slack, None)
    return None


def _plus(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def refused_slack(
    books: Books, guard: GuardModel, names: Mapping[str, Any], before: Sequence[int], after: Sequence[int]
) -> Decimal | None:
    """The slack after, where it is negative and smaller than before; None where the guard holds, does not apply or has
    nothing to compare with (no limit is set)."""
    then = {**names, **books.model.exact(after)}
    if not is_in_scope(guard, then):
        return None
    if guard.when is not None and not guard.when.evaluate(then):
        return None
    was = books.model.exact(before)
    old = {f"{OLD}{measure}": amount for measure, amount in was.items()} if guard.is_of_change else {}
    slack_after = _slack(guard.slack, {**then, **old})
    if slack_after is None or slack_after >= 0:
        return None
    slack_before = _slack(guard.slack, {**names, **was, **old})
    return slack_after if slack_before is None or slack_after < slack_before else None


def is_in_scope(guard: GuardModel, names: Mapping[str, Any]) -> bool:
    """Whether the guard applies to the row, as far as the owner's filter says. Without a filter it applies everywhere."""
    where = names.get(f"setting.{guard.guard.scope}") if guard.guard.scope else None
    return matches(where, names) if isinstance(where, Mapping) and where else True


def _names(
    work: Work, books: Books, key: Key, grain: GrainModel, entries: Sequence[Entry]
) -> Mapping[str, Any]:
    """What expressions over the row see, and when it was moved last, which a filter may ask for."""
    names = work.context(books, key, grain.positions)
    names[BUSINESS_DATE] = max((entry.business_date for entry in entries), default=None)
    return names


def timeline(
    books: Books, grain: GrainModel, key: Key
) -> Iterator[tuple[date | None, tuple[int, ...], tuple[int, ...]]]:
    """(day, balance before, balance after) for each day from the first that this plan touches, then (None, …) for now.
    Days before the row's last are looked at only where the ledger keeps them."""
    moves = books.moves.get((grain.number, key), {})
    last = books.last_day(grain, key)
    first = min(moves)
    if books.model.keeps_days and ((last is not None and first < last) or len(moves) > 1):
        stored = {d.day for d in books.state.days.get((grain.number, key), ()) if d.day >= first}
        for day in sorted(stored | set(moves)):
            yield day, books.closing_before(grain, key, day), books.closing(grain, key, day)
    yield None, books.before(grain, key), tuple(books.row(grain, key))


def _slack(expression: Expression, names: Mapping[str, Any]) -> Decimal | None:
    value = expression.evaluate(names)
    return value if isinstance(value, Decimal) else None


def _problem(
    work: Work, books: Books, breach: Breach, override: Override | None, may_override: Callable[[str], bool]
) -> Problem | None:
    guard = breach.guard.guard
    can = guard.policy == "override"
    if can and override is not None:
        if may_override(guard.override or ""):
            return None
        return Problem(
            "OVERRIDE_FORBIDDEN",
            _path(work, books, breach),
            {"guard": guard.key, "permission": guard.override},
        )
    # Who may not let it pass is not asked for a reason that would be refused as well.
    offered = can and may_override(guard.override or "")
    return Problem(
        guard.code or "GUARD", _path(work, books, breach), _numbers(books, breach, offered), guard.message
    )


def _numbers(books: Books, breach: Breach, can_override: bool) -> dict[str, Any]:
    """What the message is filled with: measures as they are now, the slack that would be, and what is short."""
    model = books.model
    dimensions = {
        model.dimensions[p].key: v for p, v in zip(breach.guard.grain.positions, breach.key, strict=True)
    }
    return {
        **model.exact(breach.before),
        **dimensions,
        "ledger": model.key,
        "guard": breach.guard.guard.key,
        "dimensions": dimensions,
        "slack": breach.slack,
        "shortage": -breach.slack,
        "after": model.exact(breach.after),
        "overridable": can_override,
        **({"day": breach.day} if breach.day is not None else {}),
    }


def _path(work: Work, books: Books, breach: Breach) -> str:
    """The place of the line that breaks the guard: the first after which the slack is negative and smaller than before it."""
    names = _names(work, books, breach.key, breach.guard.grain, breach.entries)
    balance, path = list(breach.before), ""
    for entry in breach.entries:
        if breach.day is not None and entry.business_date > breach.day:
            continue
        if breach.guard.guard.key in work.exempt.get(entry.id, ()):
            continue
        before = tuple(balance)
        balance = [a + b for a, b in zip(balance, entry.measures, strict=True)]
        path = path or work.paths[entry.id]
        if refused_slack(books, breach.guard, names, before, balance) is not None:
            return work.paths[entry.id]
    return path


def _crossings(work: Work, books: Books) -> Iterator[Crossing]:
    """Watched slacks that were not negative before and are after. What stays below says nothing again."""
    model = books.model
    for watched in model.thresholds:
        full = {watched.grain.of(entry.key): entry.key for entry in books.entries}
        for key in _touched(books, watched.grain):
            names = work.context(books, key, watched.grain.positions)
            after = books.row(watched.grain, key)
            was = _slack(watched.slack, {**names, **model.exact(books.before(watched.grain, key))})
            now = _slack(watched.slack, {**names, **model.exact(after)})
            if was is None or now is None or was < 0 or now >= 0:
                continue
            dimensions = {
                model.dimensions[p].key: v for p, v in zip(watched.grain.positions, key, strict=True)
            }
            seq = books.seqs.get(model.lane.of(full[key]), 0)
            yield Crossing(watched.rule, model.key, key, seq, now, dimensions, model.exact(after))
