"""Verifying: whether everything still adds up: every ledger from its entries, the chain over every command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from builder.errors import NotFoundError
from builder.ledger.findings import Finding
from builder.ledger.verify import verify
from builder.runtime.context import Context
from builder.runtime.engine import Engine
from builder.runtime.followed import followed_differences
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from builder.runtime.tracing import names_of
from builder.storage import apps as stored_apps
from builder.storage import chains

MOST = 1_000
"""Documents that are told one by one, of an app."""
BROKEN_GUARDS = frozenset({"GUARD_BROKEN", "GUARD_WAS_BROKEN"})


@dataclass(frozen=True)
class Verified:
    """What differs, in words for operators, what was looked at, and ``notes``: balances beyond a guard, which a count or somebody with
    the right to override may bring about, and documents that say something else by now than they posted."""

    findings: tuple[str, ...]
    counted: Mapping[str, int]
    notes: tuple[str, ...] = ()


def verify_all(
    engine: Engine, *, app: str | None = None, ws: int = 1, against: Mapping[str, Any] | None = None
) -> Verified:
    """Every app of the workspace (or ``app`` alone), and the command chain with every row that it covers, on one snapshot. ``against`` are
    heads that were exported: the log must still lead to them."""
    found: list[str] = []
    notes: list[str] = []
    counted: dict[str, int] = {}
    with engine.database.snapshot() as conn:
        keys = [row.key for row in stored_apps.apps(conn, ws) if row.live_version]
        if app is not None and app not in keys:
            raise NotFoundError(app=app)
        for key in keys if app is None else [app]:
            ctx = open_reading(engine, conn, system(ws), key, engine.clock.now())
            loaded = ctx.app
            rows = verify(conn, loaded.ledgers, loaded.maps, loaded.package, ws, ctx.reader.settings)
            names = _names(ctx, rows)
            for row in rows:
                (notes if row.code in BROKEN_GUARDS else found).append(f"{key}: {told(row, names)}")
            differ, noted = _followed(ctx)
            found.extend(f"{key}: {line}" for line in differ)
            notes.extend(f"{key}: {line}" for line in noted)
            counted[f"{key}: ledgers"] = len(loaded.ledgers)
        counted["command chain: links"] = sum(seq for seq, _ in chains.heads(conn, ws).values())
        found.extend(f"command chain: {said(link)}" for link in chains.broken_links(conn, ws))
        found.extend(f"command chain: {said(link)}" for link in chains.broken_contents(conn, ws))
        if against is not None:
            found.extend(f"exported heads: {said(link)}" for link in chains.against(conn, ws, against))
    return Verified(tuple(found), counted, tuple(notes))


@dataclass
class _Told:
    """What is told, up to ``MOST`` of a kind: a posting that was defined anew makes every document differ."""

    lines: list[str] = field(default_factory=list)
    more: int = 0

    def __iter__(self) -> Iterator[str]:
        yield from self.lines
        if self.more:
            yield f"{self.more} more documents' entries like these"

    def add(self, line: str) -> None:
        if len(self.lines) < MOST:
            self.lines.append(line)
        else:
            self.more += 1


def _followed(ctx: Context) -> tuple[_Told, _Told]:
    """What documents say against what they posted: what cannot be, and what may have come about since."""
    now = ctx.environment.now()
    differ, noted = _Told(), _Told()
    for judged in followed_differences(
        lambda: open_reading(ctx.engine, ctx.conn, ctx.actor, ctx.app.key, now)
    ):
        into = noted if judged.why else differ
        line = ""
        if len(into.lines) < MOST:
            line = told(judged.finding, _names(ctx, [judged.finding]))
        into.add(f"{line} ({judged.why})" if judged.why else line)
    return differ, noted


def said(link: chains.BrokenLink) -> str:
    """A broken link in words for operators: what, where in which chain, which command of which record."""
    command = f"{link.kind} {link.cmd}".strip() if link.cmd else "none"
    return (
        f"{link.code} {link.table} (chain {link.chain_no}, link {link.chain_seq}, command {command}, "
        f"record {link.record_id or 'none'})"
    )


Names = Mapping[tuple[str, str, int], str]
"""(ledger, dimension, id) → what people call it."""


def _names(ctx: Context, rows: Sequence[Finding]) -> Names:
    """What the ids in the findings stand for, a few reads per dimension."""
    ids: dict[tuple[str, str], set[int]] = {}
    for row in rows:
        for dimension in ctx.app.ledgers[row.ledger].dimensions:
            if isinstance(row.key.get(dimension.key), int) and row.key[dimension.key]:
                ids.setdefault((row.ledger, dimension.key), set()).add(int(row.key[dimension.key]))
    found: dict[tuple[str, str, int], str] = {}
    for (ledger, of), wanted in ids.items():
        for id, name in names_of(ctx, ctx.app.ledgers[ledger], of, wanted).items():
            found[ledger, of, id] = str(name.title)
    return found


def told(finding: Finding, names: Names) -> str:
    """A finding in words for operators: which table of which ledger, which row by the names of its records."""
    key = ", ".join(f"{name} {_said(finding, name, value, names)}" for name, value in finding.key.items())
    return f"{finding.ledger} {finding.table} {finding.code} ({key}): expected {finding.expected}, found {finding.found}"


def _said(finding: Finding, name: str, value: Any, names: Names) -> str:
    title = names.get((finding.ledger, name, value)) if isinstance(value, int) else None
    return f"{title} ({value})" if title else str(value)
