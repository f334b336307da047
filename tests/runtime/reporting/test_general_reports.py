"""The trading template's reports over a month of documents: each figure against one that is worked out here from the records themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from builder.errors import BuilderError
from builder.metadata.report import Report
from builder.runtime.context import Context
from builder.runtime.exports import export_report
from builder.runtime.installing import template
from builder.runtime.ledger_reading import read_balances, read_entries
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from builder.runtime.reporting.behind import behind
from builder.runtime.reporting.group_keys import key_text
from builder.runtime.reports import report_of, run_report
from builder.runtime.scenarios import Runner
from tests.runtime.played import played
from tests.runtime.world import WS, World, open_world

GENERAL = template("general").package
NEW = (
    "stock_summary", "stock_age", "slow_movers", "receivables_aging", "payables_aging", "customer_statement",
    "supplier_statement", "sales_detail", "sales_summary", "sales_ranking", "sales_margin", "purchase_price_trend",
    "arrival_on_time",
)  # fmt: skip
FIRST, LAST = date(2025, 1, 1), date(2027, 12, 31)
WHOLE = {"from_day": FIRST, "to_day": LAST}
ZERO = Decimal(0)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The app in which the longest scenario was played."""
    with played(tmp_path_factory.mktemp("reports"), GENERAL, "day_by_day") as made:
        yield made


@contextmanager
def reading(world: World) -> Iterator[Context]:
    with world.engine.database.snapshot() as conn:
        yield open_reading(world.engine, conn, system(WS), world.app, world.clock.now())


def id_of(row: Any) -> int:
    """The record of a balance by one dimension."""
    named = next(iter(row.dimensions.values()))
    return int(named.id)


def definition(key: str) -> Report:
    found = GENERAL.report(key)
    assert found is not None
    return found


def lines(ctx: Context, entity: str, states: set[str]) -> list[tuple[Any, Any]]:
    """Each line with its document, of documents in these states."""
    model = ctx.app.package.entity(entity)
    assert model is not None
    found = []
    for head in ctx.reader.find(entity):
        if head.state in states:
            whole = ctx.load(entity, head.id)
            found += [(line, whole) for line in whole.lines["lines"]]
    return found


def asked(ctx: Context, key: str) -> dict[str, Any]:
    """Everything the report can be asked for over all days."""
    report = report_of(ctx, key)
    sent: dict[str, Any] = {p.key: WHOLE[p.key] for p in report.parameters if p.key in WHOLE}
    if key == "customer_statement":
        balances = read_balances(ctx, "credit", group=("customer",))
        owing = max(balances, key=lambda row: row.measures["receivable"]).dimensions["customer"]
        sent["customer"] = owing.id if owing is not None else 0
    if key == "supplier_statement":
        sent["supplier"] = next(r.id for r in ctx.reader.find("partner") if r.get("is_supplier"))
    return sent


def run(ctx: Context, key: str, **sent: Any) -> Any:
    return run_report(ctx, report_of(ctx, key), {**asked(ctx, key), **sent})


def sales(ctx: Context, by: str) -> dict[Any, dict[str, Decimal]]:
    """Sold less returned, by item or customer, from the documents."""
    found: dict[Any, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for entity, states, sign in (("delivery", {"approved", "done"}, 1), ("sales_return", {"approved"}, -1)):
        for line, head in lines(ctx, entity, states):
            key = line.get("item") if by == "item" else head.get("customer")
            for name, field in (("quantity", "base_quantity"), ("net", "net"), ("cost", "cost")):
                found[key][name] += sign * (line.get(field) or ZERO)
    return found


@pytest.mark.parametrize("key", NEW)
def test_it_runs_and_is_exported_and_every_figure_opens_what_it_counts(world: World, key: str) -> None:
    with reading(world) as ctx:
        report, sent = report_of(ctx, key), asked(ctx, key)
        found = run_report(ctx, report, sent)
        groups = [c for c in found.columns if not c.column.op and not c.column.is_derived]
        for row in found.rows[:12]:
            keys = {c.key: key_text(ctx, c, row.get(c.key)) for c in groups}
            for column in (c for c in found.columns if c.column.op):
                assert behind(ctx, report, sent, column.key, keys).value == row[column.key]
        for kind in ("csv", "xlsx"):
            assert b"".join(export_report(ctx, found, kind).pieces)


def test_what_opened_and_came_and_went_is_what_closes(world: World) -> None:
    with reading(world) as ctx:
        found = run(ctx, "stock_summary")
        balances = {id_of(row): row.measures for row in read_balances(ctx, "stock", group=("item",))}
    assert {r["item"]: r["closing_quantity"] for r in found.rows} == {
        item: m["on_hand"] for item, m in balances.items() if m["on_hand"] or m["value"]
    }
    for row in found.rows:
        for what in ("quantity", "value"):
            moved = row[f"added_{what}"] - row[f"taken_{what}"]
            assert row[f"opening_{what}"] + moved == row[f"closing_{what}"]
    assert found.totals["closing_value"] == sum((m["value"] for m in balances.values()), ZERO)
    assert sum((sums["closing_value"] for _, sums in found.subtotals), ZERO) == found.totals["closing_value"]


def test_two_halves_of_a_period_open_and_close_on_each_other(world: World) -> None:
    with reading(world) as ctx:
        days = sorted(e.entry.entry.business_date for e in read_entries(ctx, "stock", limit=5000)[0])
        middle = days[len(days) // 2]
        one = run(ctx, "stock_summary", to_day=middle)
        two = run(ctx, "stock_summary", from_day=middle + timedelta(days=1))
    opened = {r["item"]: r["opening_quantity"] for r in two.rows if r["opening_quantity"]}
    assert {r["item"]: r["closing_quantity"] for r in one.rows if r["closing_quantity"]} == opened


def fifo(
    ctx: Context, ledger: str, dimension: str, measure: str, today: date
) -> dict[Any, dict[int, Decimal]]:
    """By what is there, how much of it is how many days old: entry by entry, the oldest leaves first."""
    layers: dict[Any, list[list[Any]]] = defaultdict(list)
    rows, _ = read_entries(ctx, ledger, limit=10_000)
    for row in rows:
        named = row.dimensions[dimension]
        assert named is not None
        amount, own = row.measures[measure], layers[named.id]
        if amount > 0:
            own.append([row.entry.entry.business_date, amount])
        while amount < 0 and own:
            taken = min(own[0][1], -amount)
            own[0][1] -= taken
            amount += taken
            if not own[0][1]:
                own.pop(0)
    return {
        key: {(today - day).days: sum((q for d, q in own if d == day), ZERO) for day in {d for d, _ in own}}
        for key, own in layers.items()
        if own
    }


@pytest.mark.parametrize("key", [r.key for r in GENERAL.reports if r.key not in NEW])
def test_the_first_rows_open_records_that_add_up_to_them(world: World, key: str) -> None:
    with reading(world) as ctx:
        report = report_of(ctx, key)
        needs = [p for p in report.parameters if p.required and p.entity]
        sent: dict[str, Any] = {p.key: WHOLE[p.key] for p in report.parameters if p.key in WHOLE}
        sent |= {p.key: ctx.reader.find(p.entity or "", limit=1)[0].id for p in needs}
        found = run_report(ctx, report, sent)
        groups = [c for c in found.columns if not c.column.op and not c.column.is_derived]
        for row in found.rows[:3]:
            keys = {c.key: key_text(ctx, c, row.get(c.key)) for c in groups}
            for column in (c for c in found.columns if c.column.op and not c.change):
                opened = behind(ctx, report, sent, column.key, keys)
                assert opened.value == row[column.key]
                if column.column.op == "sum":
                    assert sum((p.total or ZERO for p in opened.parts), ZERO) == row[column.key]


def test_figures_by_age_open_what_they_count_where_stock_was_moved(tmp_path: Path) -> None:
    """What left took the oldest of an item; of the item in one warehouse, or by its value, it would be others."""
    made = open_world(f"sqlite:///{tmp_path}/moved.db", tmp_path)
    scenario = next(s for s in GENERAL.scenarios if s.key == "transfer_moves_value")
    assert Runner(made.engine, GENERAL).run(scenario).passed
    made.app = f"s1_{scenario.key}"
    with reading(made) as ctx:
        places = {r.get("code"): r.id for r in ctx.reader.find("warehouse")}
        item = ctx.reader.find("item", limit=1)[0].id
    for here, there in (("T2", "T1"), ("T1", "T2")):
        made.clock.advance(timedelta(days=40))
        moved = {"from_warehouse": places[here], "to_warehouse": places[there]}
        id = made.id(made.create("transfer", {**moved, "lines": [{"item": item, "quantity": "20"}]}))
        made.fire("transfer", id, "approve")
    with reading(made) as ctx:
        report = report_of(ctx, "stock_age")
        found = run_report(ctx, report, {})
        groups = [c for c in found.columns if not c.column.op and not c.column.is_derived]
        assert len({row["age"] for row in found.rows}) > 1
        for row in found.rows:
            keys = {c.key: key_text(ctx, c, row.get(c.key)) for c in groups}
            for column in ("on_hand", "value"):
                opened = behind(ctx, report, {}, column, keys)
                assert opened.value == sum((p.total or ZERO for p in opened.parts), ZERO) == row[column]
                assert all(line.title and line.day for part in opened.parts for line in part.rows)
    made.engine.database.close()


def test_stock_is_as_old_as_the_receipts_it_came_with(world: World) -> None:
    with reading(world) as ctx:
        today = ctx.pending.today
        found = run(ctx, "stock_age")
        by_hand = fifo(ctx, "stock", "item", "on_hand", today)
        total = {id_of(r): r.measures for r in read_balances(ctx, "stock", group=("item",))}
    aged: dict[Any, Decimal] = defaultdict(lambda: ZERO)
    value: dict[Any, Decimal] = defaultdict(lambda: ZERO)
    for row in found.rows:
        aged[row["item"]] += row["on_hand"]
        value[row["item"]] += row["value"]
        low, _, high = str(row["age"]).partition("-")
        days = by_hand[row["item"]]
        inside = [
            q for d, q in days.items() if (int(low) <= d <= int(high) if high else d > int(low.lstrip(">")))
        ]
        if not any(e < 0 for e in days.values()):
            assert sum(inside, ZERO) >= 0
    assert dict(aged) == {k: m["on_hand"] for k, m in total.items() if m["on_hand"]}
    assert {k: v for k, v in value.items() if v} == {k: m["value"] for k, m in total.items() if m["value"]}


def test_slow_movers_have_stock_and_did_not_leave_for_so_long(world: World) -> None:
    with reading(world) as ctx:
        today = ctx.pending.today
        last: dict[int, dict[str, date]] = defaultdict(dict)
        for row in read_entries(ctx, "stock", limit=10_000)[0]:
            item = row.dimensions["item"]
            assert item is not None
            if row.measures["on_hand"]:
                which = "out" if row.measures["on_hand"] < 0 else "in"
                last[item.id][which] = max(row.entry.entry.business_date, last[item.id].get(which, FIRST))
        held = {id_of(r) for r in read_balances(ctx, "stock", group=("item",)) if r.measures["on_hand"] > 0}
        found = run(ctx, "slow_movers", days="0")
        none = run(ctx, "slow_movers", days="10000")
    idle = {item: (today - days.get("out", days["in"])).days for item, days in last.items() if item in held}
    assert {r["item"]: r["idle"] for r in found.rows} == {item: n for item, n in idle.items() if n > 0}
    assert none.rows == ()


def test_what_is_unpaid_is_as_old_as_it_is_overdue(world: World) -> None:
    with reading(world) as ctx:
        today = ctx.pending.today
        found = run(ctx, "receivables_aging")
        by_hand: dict[Any, Decimal] = defaultdict(lambda: ZERO)
        for row in read_balances(ctx, "bills", group=("delivery",)):
            open_ = row.measures["amount"] - row.measures["settled"] - row.measures["returned"]
            bill = row.dimensions["delivery"]
            assert bill is not None
            record: Any = ctx.load("delivery", bill.id)
            due = record.get("due_date")
            days = (today - due).days
            age = (
                "<0"
                if days < 0
                else "0-30"
                if days <= 30
                else "31-60"
                if days <= 60
                else "61-90"
                if days <= 90
                else ">90"
            )
            by_hand[(record.get("customer"), age)] += open_
    assert {(r["customer"], r["age"]): r["open"] for r in found.rows} == {
        k: v for k, v in by_hand.items() if v
    }


def test_payables_are_what_is_left_of_the_newest_receipts(world: World) -> None:
    with reading(world) as ctx:
        found = run(ctx, "payables_aging")
        balances = {
            id_of(r): r.measures["payable"] for r in read_balances(ctx, "payables", group=("supplier",))
        }
        by_hand = fifo(ctx, "payables", "supplier", "payable", ctx.pending.today)
    total: dict[Any, Decimal] = defaultdict(lambda: ZERO)
    for row in found.rows:
        total[row["supplier"]] += row["payable"]
    assert dict(total) == {k: v for k, v in balances.items() if v}
    assert {k: sum(v.values(), ZERO) for k, v in by_hand.items()} == {k: v for k, v in total.items() if v > 0}


@pytest.mark.parametrize(
    ("key", "ledger", "who"),
    [("customer_statement", "credit", "customer"), ("supplier_statement", "payables", "supplier")],
)
def test_a_statement_runs_from_the_opening_to_the_balance(
    world: World, key: str, ledger: str, who: str
) -> None:
    def balance(row: Any) -> Decimal:
        m: dict[str, Decimal] = row.measures
        return m["receivable"] - m["prepaid"] if ledger == "credit" else m["payable"]

    with reading(world) as ctx:
        sent = asked(ctx, key)
        where = {"field": who, "op": "=", "value": sent[who]}
        entries = read_entries(ctx, ledger, where=where, limit=5000)[0]
        cut = entries[len(entries) // 2].entry.entry.business_date
        found: Any = run_report(ctx, report_of(ctx, key), {**sent, "from_day": cut})
        now = sum((balance(r) for r in read_balances(ctx, ledger, group=(who,), where=where)), ZERO)
        before = sum((balance(e) for e in entries if e.entry.entry.business_date < cut), ZERO)
        # An order that was only noted is in the same books, and no row of what is owed.
        within = [b for e in entries if e.entry.entry.business_date >= cut and (b := balance(e))]
    running = [r["balance"] for r in found.rows]
    assert running[-1] == now
    moved = [r for r in found.rows if r["document"] is not None]
    assert all(r["what"] for r in moved)
    if before:
        assert running[0] == before
    assert [(r["charged"] or ZERO) - (r["paid"] or ZERO) for r in moved] == within
    assert found.totals.get("charged", ZERO) - found.totals.get("paid", ZERO) == sum(within, ZERO)


@pytest.mark.parametrize(("key", "by"), [("sales_ranking", "customer"), ("sales_margin", "item")])
def test_sales_less_returns_are_ranked_with_their_margin(world: World, key: str, by: str) -> None:
    with reading(world) as ctx:
        found = run(ctx, key)
        by_hand = sales(ctx, by)
    # A customer buys bags and bottles, which have no sum: only the report by item counts them.
    told = ("net", "cost") if by == "customer" else ("quantity", "net", "cost")
    assert {r[by]: [r[name] for name in told] for r in found.rows} == {
        k: [v[name] for name in told] for k, v in by_hand.items()
    }
    assert by == "item" or "quantity" not in {c.key for c in found.columns}
    net = sum((v["net"] for v in by_hand.values()), ZERO)
    cost = sum((v["cost"] for v in by_hand.values()), ZERO)
    assert found.totals["net"] == net
    assert round(found.totals["margin"], 6) == round((net - cost) / net * 100, 6)
    of = "net" if key == "sales_ranking" else "profit"
    values = [r[of] for r in found.rows]
    assert values == sorted(values, reverse=True)
    assert [r["rank"] for r in found.rows] == [1 + sum(v > x for v in values) for x in values]
    assert abs(sum((r["share"] for r in found.rows), ZERO) - 100) < Decimal("0.000001")


def test_detail_and_summary_add_up_to_the_same(world: World) -> None:
    with reading(world) as ctx:
        detail, summary, margin = (run(ctx, key) for key in ("sales_detail", "sales_summary", "sales_margin"))
    for name in ("quantity", "net", "cost", "profit"):
        assert detail.totals[name] == summary.totals[name] == margin.totals[name]
    assert len(summary.subtotals) == len({r["customer"] for r in summary.rows})
    assert sum((s["net"] for _, s in summary.subtotals), ZERO) == summary.totals["net"]


def test_sales_stand_beside_those_of_the_period_before(world: World) -> None:
    with reading(world) as ctx:
        days = sorted(
            h.business_date for _, h in lines(ctx, "delivery", {"approved", "done"}) if h.business_date
        )
        half = days[0] + (days[-1] - days[0]) / 2
        length = (days[-1] - half).days
        sent = {"from_day": half + timedelta(days=1), "to_day": half + timedelta(days=length)}
        found: Any = run_report(ctx, report_of(ctx, "sales_margin"), sent, against="previous")
        assert found.earlier is not None
        before = run_report(
            ctx, report_of(ctx, "sales_margin"), {"from_day": found.earlier[0], "to_day": found.earlier[1]}
        )
    then = {r["item"]: r["net"] for r in before.rows}
    assert {r["item"]: r["net:earlier"] for r in found.rows if r["item"] in then} == then
    for row in found.rows:
        if row.get("net:earlier") is not None:
            assert row["net"] - row["net:earlier"] == row["net:difference"]
    assert found.totals["net:earlier"] == before.totals["net"]
    assert found.totals["margin:difference"] == found.totals["margin"] - before.totals["margin"]


def test_prices_of_a_month_are_amount_by_quantity(world: World) -> None:
    with reading(world) as ctx:
        found = run(ctx, "purchase_price_trend")
        by_hand: dict[Any, list[tuple[Decimal, Decimal]]] = defaultdict(list)
        for line, head in lines(ctx, "receipt", {"approved"}):
            quantity, day = line.get("base_quantity"), head.business_date
            if quantity and not line.get("is_gift") and day is not None:
                by_hand[(line.get("item"), day.strftime("%Y-%m"))].append((line.get("net") or ZERO, quantity))
    assert len(found.rows) == len(by_hand) > 0
    for row in found.rows:
        bought = by_hand[(row["item"], row["month"])]
        assert row["net"] == sum(n for n, _ in bought)
        assert round(row["average"], 6) == round(sum(n for n, _ in bought) / sum(q for _, q in bought), 6)
        assert round(row["least"], 6) == round(min(n / q for n, q in bought), 6)


def test_what_came_by_its_day_is_on_time(world: World) -> None:
    with reading(world) as ctx:
        found = run(ctx, "arrival_on_time")
        due: dict[Any, set[int]] = defaultdict(set)
        promised: dict[int, tuple[Any, date]] = {}
        for line, head in lines(ctx, "purchase_order", {"approved", "partial", "done", "closed"}):
            day = head.get("expected_date")
            if isinstance(day, date):
                due[head.get("supplier")].add(line.id)
                promised[line.id] = (head.get("supplier"), day)
        came: dict[Any, set[int]] = defaultdict(set)
        for line, head in lines(ctx, "receipt", {"approved"}):
            supplier, day = promised.get(line.get("order_line") or 0, (None, FIRST))
            if supplier is not None and head.business_date is not None and head.business_date <= day:
                came[supplier].add(line.get("order_line"))
    assert {r["supplier"]: (r["due"], r["on_time"]) for r in found.rows} == {
        k: (len(v), len(came[k])) for k, v in due.items()
    }


def test_keepers_see_what_moved_and_no_money(world: World) -> None:
    role = next(r for r in GENERAL.roles if r.key == "keeper")
    with reading(world) as ctx:
        keeper = replace(
            ctx,
            kernel=replace(
                ctx.kernel, actor=replace(ctx.actor, kind="user", is_admin=False), grants=((role, ()),)
            ),
        )
        summary = run_report(keeper, definition("stock_summary"), WHOLE)
        slow = run_report(keeper, definition("slow_movers"), {"days": "0"})
        for key in ("stock_summary", "payables_aging"):
            with pytest.raises(BuilderError):
                report_of(keeper, key)
        with pytest.raises(BuilderError):
            run_report(keeper, definition("payables_aging"))
    assert [c.key for c in summary.columns] == [
        "category", "code", "item", "unit", "opening_quantity", "added_quantity", "taken_quantity", "closing_quantity",
    ]  # fmt: skip
    assert "share" not in {c.key for c in slow.columns} | set(slow.totals)
    assert all("value" not in row for row in slow.rows)


@pytest.mark.parametrize(
    "key", ["item_ranking", "sales_margin", "sales_summary", "sales_by_item", "profit_by_item"]
)
def test_quantities_of_several_items_are_totalled_in_one_unit(key: str) -> None:
    """Bags and bottles have no sum: what is counted names its unit, and the total is left out where there are several."""
    report = next(r for r in GENERAL.reports if r.key == key)
    counted = [c for c in report.columns if "quantity" in (c.key or c.field) and c.op == "sum"]
    assert counted
    assert all(c.unit for c in counted)


def test_a_balance_runs_over_one_item() -> None:
    """The balance after each movement means something for one item only: the item is chosen first."""
    report = next(r for r in GENERAL.reports if r.key == "stock_movements")
    asked = {p.key: p for p in report.parameters}
    assert asked["item"].required
    assert not asked["item"].multi
    assert not asked["warehouse"].required


def test_the_fill_rate_shows_no_sum_of_bags_and_bottles() -> None:
    """What it is worked out from stays behind; the rate itself is shown."""
    report = next(r for r in GENERAL.reports if r.key == "otif")
    assert {c.key for c in report.columns if c.hidden} == {"ordered", "shipped"}
