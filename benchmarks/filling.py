"""Filling: a template's app with as much as years leave behind: some documents played through the door, the rest copied from them.

A copy is written straight into the tables: records, links, spans of states, search rows, journals and entries, under ids from before the
database was made; balances and days are then summed from the entries. Copies have no commands and no history. ``builder verify`` must accept
all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Table, bindparam, func, select, text

from benchmarks.growth import BEHIND
from builder.commands import Actor, WriteRecords
from builder.ledger import summed
from builder.ledger.columns import GRAIN_KEY
from builder.ledger.definition import LANE
from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.metadata.report import Step
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.installing import player_of
from builder.runtime.opening import open_reading
from builder.runtime.playing import Player, system
from builder.storage import contents
from builder.storage.commands import log as log_command
from builder.storage.tables import ledgers, records
from builder.storage.tables.machinery import command_log
from builder.storage.tables.pool import member_table

WS = 1
AT_ONCE = 500
DAYS = 50
SELLERS = ("sales", "sales2")
STRIDE = 1_000_000
"""Beyond any sequence that a lane has given: copies come after what was played."""
WHOSE = frozenset({"id", "record_id", "from_id", "journal_id", "entry_id", "from_entry"})
"""Columns that say whose a row is."""
COPIED = (records.multi, records.record_link, records.state_span, records.search, ledgers.journal, ledgers.entry, ledgers.layer, ledgers.edge)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How much there is to be: items, documents played through the door, copies of each."""

    items: int = 5_000
    rounds: int = 148
    copies: int = 20


def bulk(engine: Engine, app: str, entity: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Master data through the product's own bulk command."""
    ids: list[str] = []
    for start in range(0, len(rows), AT_ONCE):
        command = WriteRecords(app, entity, tuple(rows[start : start + AT_ONCE]))
        ids += [row["id"] for row in Dispatcher(engine)(system(WS), command)["results"]]
    return ids


def _entity(package: Package, key: str) -> Entity:
    found = package.entity(key)
    assert found is not None
    return found


class Trade:
    """Buying and selling of an app that was installed with its sample people."""

    def __init__(self, engine: Engine, app: str, size: Size) -> None:
        self._engine, self._app, self._size = engine, app, size
        self.player: Player = player_of(engine, WS, app)
        self._played = 0

    def play(self, do: Any, who: str | None = None, **rest: Any) -> Any:
        played = self.player.play(Step(do, as_=who, **rest))
        if played.error is not None:
            raise played.error
        self._played += 1
        return played

    def masters(self) -> None:
        """Items, customers, suppliers, and what there is of the items to begin with."""
        count = self._size.items
        items = [
            {"code": f"V{n:05d}", "name": f"大米 {n} 号", "category": "LY-DM", "base_unit": "DAI", "tax_rate": "9", "purchase_price": "50", "sale_price": "62", "safety_stock": "20"}
            for n in range(count)
        ]  # fmt: skip
        partners = [
            {"code": f"K{n:04d}", "name": f"客户 {n}", "level": "b", "is_customer": True, "is_supplier": n % 5 == 0, "credit_limit": "99999999", "credit_days": 30, "salesman": SELLERS[n // 5 % 2]}
            for n in range(max(10, count // 10))
        ]  # fmt: skip
        with self.player.reading() as ctx:
            resolve, package = self.player.resolver, ctx.app.package
            known: dict[tuple[str, Any], Any] = {}
            for entity, rows, keys in (("item", items, ("category", "base_unit")), ("partner", partners, ("salesman",))):  # fmt: skip
                for row in rows:
                    for key in keys:
                        if (key, row[key]) not in known:
                            found = resolve.values(ctx, _entity(package, entity), {key: row[key]})
                            known[key, row[key]] = found[key]
                        row[key] = known[key, row[key]]
        bulk(self._engine, self._app, "item", items)
        bulk(self._engine, self._app, "partner", partners)

    def opening(self) -> None:
        for start in range(0, self._size.items, 200):
            codes = range(start, min(start + 200, self._size.items))
            lines = [{"item": f"V{n:05d}", "quantity": "100000", "unit_cost": "50"} for n in codes]
            self.play("create", "finance", entity="opening_stock", id="open", at=f"-{DAYS + 5}d 08:00", values={"warehouse": "ZC", "lines": lines})  # fmt: skip
            self.play("transition", "finance", record="$open", transition="approve")

    def documents(self) -> int:
        """Rounds of ordering, delivering, buying, receiving, paying, moving. How many documents were made."""
        made = 0
        for n in range(self._size.rounds):
            made += self._round(n)
        return made

    def _lines(self, n: int, count: int, **more: str) -> list[dict[str, str]]:
        return [
            {"item": f"V{(n * 131 + i * 37) % self._size.items:05d}", "quantity": str(1 + i), **more}
            for i in range(count)
        ]

    def _round(self, n: int) -> int:
        number = n * 5 % max(10, self._size.items // 10)
        partner = f"K{number:04d}"
        at = f"-{DAYS - n * (DAYS - 1) // self._size.rounds}d 09:{n % 50:02d}"
        seller = SELLERS[number // 5 % 2]
        sold = {"customer": partner, "warehouse": "ZC", "channel": "shop", "promised_date": "+2d", "lines": self._lines(n, 3, price="62")}  # fmt: skip
        self.play("create", seller, at=at, entity="sales_order", id="so", values=sold, submit=True)
        direct = {"customer": partner, "warehouse": "ZC", "lines": self._lines(n + 7, 6, price="62")}
        for k in range(2):
            self.play("create", "owner", entity="delivery", id=f"out{k}", values=direct)
            self.play("transition", "owner", record=f"$out{k}", transition="approve")
        bought = {"supplier": partner, "warehouse": "ZC", "expected_date": "+4d", "lines": self._lines(n + 3, 3, price="50")}  # fmt: skip
        self.play("create", "owner", entity="purchase_order", id="po", values=bought, submit=True)
        got = {"supplier": partner, "warehouse": "ZC", "lines": self._lines(n + 5, 6, price="54.5")}
        self.play("create", "owner", entity="receipt", id="in", values=got)
        self.play("transition", "owner", record="$in", transition="approve")
        money = {"account": "YH", "method": "transfer", "amount": "100"}
        for entity, whom in (("money_receipt", "customer"), ("payment", "supplier")):
            self.play("create", "finance", entity=entity, id="m", values={whom: partner, **money})
            self.play("transition", "owner", record="$m", transition="approve")
        return 7


class Copies:
    """Everything that was made since ``first``, again and again, and what is summed from it."""

    def __init__(self, engine: Engine, app: str, earliest: int) -> None:
        self._engine, self._app, self._earliest = engine, app, earliest
        self._first = engine.database.new_id()

    def write(self, copies: int) -> None:
        """Copies of all rows under ids from before the first one, then what the entries come to."""
        last = self._engine.database.new_id()
        database = self._engine.database
        with database.snapshot() as conn:
            ctx = open_reading(self._engine, conn, system(WS), self._app, self._engine.clock.now())
            models = list(ctx.app.ledgers.values())
        bounds = {
            "low": self._first,
            "high": last,
            "span": last - self._earliest + 1,
            "first": 1,
            "last": copies,
        }
        with database.maintenance() as conn:
            for table in (*_members(conn), *COPIED):
                conn.execute(text(_copying(table, database.dialect)), bounds)
            conn.execute(text("ANALYZE"))
        with database.maintenance() as conn:
            _logged(conn, self._earliest, bounds["span"])
            for model in models:
                if not model.is_turnover:
                    for grain in model.grains:
                        _balances(conn, model, grain)
                if model.keeps_days:
                    for grain in model.grains:
                        if grain.daily:
                            _days(conn, model, grain)
            conn.execute(text("ANALYZE"))


def _logged(conn: Connection, before: int, span: int) -> None:
    """The commands that copied postings name, each a link that says what it wrote."""
    found: dict[int, tuple[list[Any], list[Any]]] = {}
    of: dict[int, int] = {}
    journal, entry = ledgers.journal, ledgers.entry
    for row in conn.execute(select(journal).where(journal.c.cmd < before)).mappings():
        found.setdefault(row["cmd"], ([], []))[0].append(row)
        of[row["journal_id"]] = row["cmd"]
    for row in conn.execute(select(entry).where(entry.c.journal_id < before)).mappings():
        found[of[row["journal_id"]]][1].append(row)
    log = {row["cmd"]: row for row in conn.execute(select(command_log)).mappings()}
    for cmd, (journals, entries) in found.items():
        times = -((cmd - before) // span)
        link = log[cmd + times * span]
        record = link["record_id"]
        actor = Actor(WS, link["actor_id"], link["actor_kind"], "", "")
        log_command(
            conn, WS, cmd=cmd, at=link["at"], actor=actor, kind=link["kind"], app_id=link["app_id"], package_version=link["package_version"],
            entity_id=link["entity_id"], record_id=record - times * span if record >= before else record, content=contents.written(journals, entries, ()),
        )  # fmt: skip


def _members(conn: Connection) -> Iterator[Table]:
    """The tables that hold records of some entity."""
    for member in conn.execute(text("SELECT member FROM pool_member ORDER BY member")).scalars():
        yield member_table(member)


def _copying(table: Table, dialect: str) -> str:
    """The statement that copies what was made between two ids."""
    own = [c for c in table.columns if c.name != "row_no"]
    made = [_shifted(table, c) for c in own]
    moved = [c.name for c in own if isinstance(c.type, BigInteger) and c.name in WHOSE]
    where = " OR ".join(f"s.{name} BETWEEN :low AND :high" for name in moved)
    names = ", ".join(c.name for c in own)
    return f"INSERT INTO {table.name} ({names}) {BEHIND[dialect]} SELECT {', '.join(made)} FROM {table.name} AS s CROSS JOIN n WHERE {where}"


def _shifted(table: Table, column: Any) -> str:
    """A column of a copy: ids moved before the database's first one, numbers and sequences made another's."""
    name = f"s.{column.name}"
    if column.name in {"seq", "order_seq"}:
        return f"{name} + n.n * {STRIDE}"
    if table.name.startswith("rec_") and column.name in {"u0", "u1", "u2"}:
        return f"{name} || '-' || n.n"
    if isinstance(column.type, BigInteger):
        return f"CASE WHEN {name} BETWEEN :low AND :high THEN {name} - n.n * :span ELSE {name} END"
    return name


def _balances(conn: Connection, model: Any, grain: Any) -> None:
    """Rows of a grain as their entries come to; a lane's sequence is the last that was given."""
    columns = summed.key_columns(model, grain)
    given = select(*columns, func.max(ledgers.entry.c.seq)).where(summed.own_entries(model, WS))
    seq = {tuple(row[:-1]): row[-1] for row in conn.execute(given.group_by(*columns or [ledgers.entry.c.ws]))}
    names = GRAIN_KEY[: len(columns)]
    kept = {tuple(row[:-1]): row.method for row in conn.execute(_kept(ledgers.balance, model, grain, names, "method"))}  # fmt: skip
    method = next(iter(kept.values()), "")
    new, old = [], []
    for key, (measures, last) in summed.summed_rows(conn, model, grain, WS):
        values: dict[str, Any] = {f"m{m.number}": v for m, v in zip(model.measures, measures, strict=True)}
        values |= {"last_day": last}
        if grain.number == LANE:
            values["seq"] = seq[key]
        named = dict(zip(names, key, strict=True))
        if key in kept:
            old.append({f"by_{k}": v for k, v in named.items()} | values)
        else:
            new.append({"ws": WS, "ledger_id": model.ledger_id, "grain": grain.number, "method": method, **named, **values})  # fmt: skip
    _write(conn, ledgers.balance, model, grain, names, new, old)


def _days(conn: Connection, model: Any, grain: Any) -> None:
    """Each day of a grain as its entries come to."""
    table = ledgers.daily
    where = _of(table, model, grain)
    conn.execute(table.delete().where(*where))
    current, running, rows = None, [0] * len(model.measures), []
    names = GRAIN_KEY[: len(grain.positions)]
    for (key, day), (ins, outs) in summed.summed_days(conn, model, grain, WS):
        if key != current:
            current, running = key, [0] * len(model.measures)
        running = [r + i + o for r, i, o in zip(running, ins, outs, strict=True)]
        row = {"ws": WS, "ledger_id": model.ledger_id, "grain": grain.number, "day": summed.as_date(day), **dict(zip(names, key, strict=True))}  # fmt: skip
        for m, came, went, is_ in zip(model.measures, ins, outs, running, strict=True):
            row |= {f"in{m.number}": came, f"out{m.number}": went, f"m{m.number}": 0 if model.is_turnover else is_}  # fmt: skip
        rows.append(row)
    for start in range(0, len(rows), 5_000):
        conn.execute(table.insert(), rows[start : start + 5_000])


def _of(table: Any, model: Any, grain: Any) -> list[Any]:
    return [table.c.ws == WS, table.c.ledger_id == model.ledger_id, table.c.grain == grain.number]


def _kept(table: Any, model: Any, grain: Any, names: Sequence[str], more: str) -> Any:
    return select(*(table.c[n] for n in names), table.c[more]).where(*_of(table, model, grain))


def _write(conn: Connection, table: Any, model: Any, grain: Any, names: Sequence[str], new: list[Any], old: list[Any]) -> None:  # fmt: skip
    if new:
        conn.execute(table.insert(), new)
    if old:
        same = [table.c[n] == bindparam(f"by_{n}") for n in names]
        conn.execute(table.update().where(*_of(table, model, grain), *same), old)
