"""Reports over several sources: unions, movements, conditions, comparisons, and cells that open what they count."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from builder.errors import InvalidError
from builder.metadata.entity import Option
from builder.metadata.form import SortKey
from builder.metadata.report import Compare, Parameter, Report, ReportColumn, ReportPart
from builder.metadata.text import in_locale
from builder.runtime.reporting import sources
from builder.runtime.reporting.behind import behind
from builder.runtime.reporting.group_keys import key_text
from builder.runtime.reports import ReportResult, run_report
from tests.runtime.world import World

DAYS = (
    Parameter("p1", "from_day", "From", "date", "TODAY()"),
    Parameter("p2", "to_day", "To", "date", "TODAY()"),
)
WITHIN: dict[str, Any] = {
    "and": [
        {"field": "parent.business_date", "op": ">=", "value": {"parameter": "from_day"}},
        {"field": "parent.business_date", "op": "<=", "value": {"parameter": "to_day"}},
    ]
}
SALES = Report(
    "s", "s", "Sales", entity="order_line", filter=WITHIN, parameters=DAYS, compare=Compare("from_day", "to_day"),
    columns=(
        ReportColumn("a", "goods", group=True),
        ReportColumn("b", "amount", op="sum"),
        ReportColumn("c", "amount", key="large", op="sum", only={"field": "amount", "op": ">", "value": "7"}),
        ReportColumn("d", "id", key="lines", op="count"),
        ReportColumn("e", key="each", formula="amount / lines", type="money"),
        ReportColumn("f", key="part", formula="large / amount * 100", type="percent"),
        ReportColumn("g", key="share", how="share", of="amount"),
    ),
    sort=(SortKey("amount", descending=True),),
)  # fmt: skip
SUMMARY = Report(
    "m", "m", "Summary", source="movements", ledger="stock", parameters=DAYS,
    from_="parameter.from_day", to="parameter.to_day",
    columns=(
        ReportColumn("a", "goods.code", key="code", group=True),
        ReportColumn("b", "opening.on_hand", key="opening", op="sum"),
        ReportColumn("c", "added.on_hand", key="added", op="sum"),
        ReportColumn("d", "taken.on_hand", key="taken", op="sum"),
        ReportColumn("e", "closing.on_hand", key="closing", op="sum"),
        ReportColumn("f", key="checked", formula="opening + added - taken - closing"),
    ),
    sort=(SortKey("code"),),
)  # fmt: skip
BALANCED = Report(
    "u", "u", "Supply and demand", parameters=DAYS[1:],
    columns=(
        ReportColumn("a", key="goods", group=True),
        ReportColumn("b", key="there", op="sum"),
        ReportColumn("c", key="wanted", op="sum"),
        ReportColumn("d", key="left", formula="there - wanted"),
    ),
    parts=(
        ReportPart("p1", {"goods": "goods", "there": "on_hand"}, source="balances", ledger="stock", as_of="parameter.to_day"),
        ReportPart("p2", {"goods": "goods", "wanted": "quantity"}, entity="order_line"),
    ),
    sort=(SortKey("left"),),
)  # fmt: skip
ENTRIES = Report(
    "e", "e", "Entries", source="entries", ledger="stock",
    columns=(
        ReportColumn("a", "business_date", key="month", bucket="month", group=True),
        ReportColumn("b", "goods.name", key="name", group=True),
        ReportColumn("c", "added.on_hand", key="added", op="sum"),
        ReportColumn("d", "on_hand", op="sum"),
    ),
    sort=(SortKey("month"), SortKey("name")),
)  # fmt: skip


@pytest.fixture
def trade(shop: World) -> dict[str, int]:
    """Orders over two days, receipts and deliveries over three."""
    made = {
        code: shop.id(shop.create("goods", {"code": code, "name": name, "price": price}))
        for code, name, price in (("A", "Rice", "2.50"), ("B", "Oil", "10.00"))
    }
    show = shop.engine.database.show
    rice, oil = show(made["A"]), show(made["B"])
    shop.create("order", {"lines": [{"goods": rice, "quantity": "3"}, {"goods": oil, "quantity": "1"}]})
    shop.create("receipt", {"lines": [{"goods": rice, "quantity": "20"}]}, submit=True)
    shop.later(days=1)
    shop.create("order", {"lines": [{"goods": rice, "quantity": "4"}]})
    shop.create("order", {"lines": [{"goods": rice, "quantity": "2"}]})
    shop.create("receipt", {"lines": [{"goods": oil, "quantity": "5"}]}, submit=True)
    shop.create("delivery", {"lines": [{"goods": rice, "quantity": "6"}]}, submit=True)
    shop.later(days=1)
    shop.create("delivery", {"lines": [{"goods": oil, "quantity": "2"}]}, submit=True)
    return made


def day(shop: World, back: int) -> str:
    with shop.reading() as ctx:
        today = ctx.pending.today
    return today.fromordinal(today.toordinal() - back).isoformat()


def table(result: ReportResult, *keys: str) -> list[tuple[Any, ...]]:
    return [tuple(row.get(key) for key in keys) for row in result.rows]


def test_conditions_formulas_and_shares_stand_beside_sums(shop: World, trade: dict[str, int]) -> None:
    with shop.reading() as ctx:
        found = run_report(ctx, SALES, {"from_day": day(shop, 9)})
    assert table(found, "goods", "amount", "large", "lines", "each", "share") == [
        (trade["A"], Decimal("22.50"), Decimal("17.50"), 3, Decimal("7.5"), Decimal("69.230769230769")),
        (trade["B"], Decimal("10.00"), Decimal("10.00"), 1, Decimal("10"), Decimal("30.769230769231")),
    ]
    assert found.totals["amount"] == Decimal("32.50")
    assert found.totals["part"] == Decimal("84.615384615400")
    assert [c.type for c in found.columns[3:]] == ["integer", "money", "percent", "percent"]


def test_two_days_are_set_beside_the_day_before(shop: World, trade: dict[str, int]) -> None:
    asked = {"from_day": day(shop, 1), "to_day": day(shop, 1)}
    with shop.reading() as ctx:
        found = run_report(ctx, SALES, asked, against="previous")
        with pytest.raises(InvalidError):
            run_report(ctx, replace(SALES, compare=None), asked, against="previous")
    assert table(found, "goods", "amount", "amount:earlier", "amount:difference", "amount:change") == [
        (trade["A"], Decimal("15.00"), Decimal("7.50"), Decimal("7.50"), Decimal(100)),
        (trade["B"], Decimal(0), Decimal("10.00"), Decimal("-10.00"), Decimal(-100)),
    ]
    assert found.totals["amount:earlier"] == Decimal("17.50")
    rice = found.rows[0]
    assert rice["part:earlier"] == 100
    assert rice["part:difference"] == rice["part"] - 100  # type: ignore[operator]
    assert "part:change" not in rice


def test_a_period_opens_takes_gives_and_closes(shop: World, trade: dict[str, int]) -> None:
    with shop.reading() as ctx:
        found = run_report(ctx, SUMMARY, {"from_day": day(shop, 1), "to_day": day(shop, 1)})
    assert table(found, "code", "opening", "added", "taken", "closing", "checked") == [
        ("A", 20, 0, 6, 14, 0),
        ("B", 0, 5, 0, 5, 0),
    ]


def test_parts_are_put_together_by_their_groups(shop: World, trade: dict[str, int]) -> None:
    with shop.reading() as ctx:
        found = run_report(ctx, BALANCED)
        earlier = run_report(ctx, BALANCED, {"to_day": day(shop, 2)})
    assert table(found, "goods", "there", "wanted", "left") == [
        (trade["B"], 3, 1, 2),
        (trade["A"], 14, 9, 5),
    ]
    assert table(earlier, "goods", "there") == [(trade["B"], 0), (trade["A"], 20)]
    assert found.titles["goods"][trade["A"]] == "Rice"
    assert found.totals["left"] == 7


def test_rows_are_grouped_by_the_name_of_their_part(shop: World, trade: dict[str, int]) -> None:
    names = {"zh-CN": "库存", "en": "Stock"}, {"zh-CN": "订单", "en": "Orders"}
    parts = tuple(
        replace(part, label=name, take={**part.take, "what": "part.label"})
        for part, name in zip(BALANCED.parts, names, strict=True)
    )
    what = ReportColumn("w", key="what", type="text", group=True)
    by_part = replace(BALANCED, parts=parts, columns=(what, *BALANCED.columns[1:]), sort=())
    with shop.reading() as ctx:
        found = run_report(ctx, by_part)
    rows = {
        in_locale(row["what"], "en"): (row["there"], row["wanted"]) for row in map(dict[str, Any], found.rows)
    }
    assert rows == {"Stock": (17, 0), "Orders": (0, 10)}


def test_groups_that_are_worked_out_need_no_record_read_by_itself(
    shop: World, trade: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_goods(amount: str) -> Report:
        what = "COALESCE(goods.name, part.label)"
        part = ReportPart(
            "p",
            label="Lines",
            entity="order_line",
            take={"what": what, "amount": amount, "day": "parent.business_date"},
        )
        columns = (
            ReportColumn("a", key="what", type="text", group=True),
            ReportColumn("b", key="day", type="date", group=True, bucket="month"),
            ReportColumn("c", key="amount", op="sum"),
        )
        return Report("g", "g", "By goods", columns=columns, parts=(part,), sort=(SortKey("what"),))

    with shop.reading() as ctx:
        row_by_row = run_report(ctx, by_goods("amount + 0"))
        monkeypatch.setattr(sources, "record_rows", None)
        found = run_report(ctx, by_goods("amount"))
    assert len(found.rows) > 1
    assert found.rows == row_by_row.rows
    assert found.totals == row_by_row.totals


def test_entries_are_summed_where_they_lie(shop: World, trade: dict[str, int]) -> None:
    with shop.reading() as ctx:
        found = run_report(ctx, ENTRIES)
        by_hand = run_report(
            ctx, replace(ENTRIES, columns=(*ENTRIES.columns, ReportColumn("x", "id", op="count")))
        )
    assert [row[1:] for row in table(found, "month", "name", "added", "on_hand")] == [
        ("Oil", Decimal(5), Decimal(3)),
        ("Rice", Decimal(20), Decimal(14)),
    ]
    assert table(found, "month", "name", "added", "on_hand") == table(
        by_hand, "month", "name", "added", "on_hand"
    )
    assert [row["id"] for row in by_hand.rows] == [2, 2]


@pytest.mark.parametrize("report", [SALES, SUMMARY, BALANCED, ENTRIES], ids=lambda r: r.label)
def test_every_cell_opens_exactly_what_it_counts(shop: World, trade: dict[str, int], report: Report) -> None:
    asked = {"from_day": day(shop, 9)} if report.parameters else {}
    with shop.reading() as ctx:
        found = run_report(ctx, report, asked)
        groups = [c for c in found.columns if not c.is_figure]
        for row in found.rows:
            keys = {c.key: key_text(ctx, c, row.get(c.key)) for c in groups}
            for column in (c for c in found.columns if c.column.op):
                assert behind(ctx, report, asked, column.key, keys).value == row[column.key]
        for column in (c for c in found.columns if c.column.op):
            assert behind(ctx, report, asked, column.key, {}).value == found.totals[column.key]


def test_what_is_behind_a_cell_names_its_documents(shop: World, trade: dict[str, int]) -> None:
    show = shop.engine.database.show
    with shop.reading() as ctx:
        found = behind(ctx, SALES, {"from_day": day(shop, 9)}, "amount", {"goods": show(trade["A"])})
        entries = behind(ctx, ENTRIES, {}, "added", {"name": "Rice"})
        with pytest.raises(InvalidError):
            behind(ctx, SALES, {}, "each", {})
    assert [len(part.rows) for part in found.parts] == [3]
    assert {row.title[:5] for row in found.parts[0].rows} == {"ORDER"}
    assert {row.entity for row in found.parts[0].rows} == {"order"}
    assert [row.value for row in entries.parts[0].rows] == [20, 0]
    assert entries.parts[0].rows[0].title.startswith("RECEIPT")


def test_who_may_not_read_a_column_sees_nothing_that_is_worked_out_from_it(
    shop: World, trade: dict[str, int]
) -> None:
    report = replace(
        SALES,
        parameters=(), filter=None,
        columns=(
            ReportColumn("a", "goods", group=True),
            ReportColumn("b", "goods.weight", key="weight", op="sum"),
            ReportColumn("c", "quantity", op="sum"),
            ReportColumn("d", key="per", formula="weight / quantity"),
            ReportColumn("e", key="twice", formula="per * 2"),
        ),
        sort=(), compare=None,
    )  # fmt: skip
    with shop.reading(shop.person("reader", "clerk")) as ctx:
        found = run_report(ctx, report)
    assert [c.key for c in found.columns] == ["goods", "quantity"]
    assert all("weight" not in row for row in found.rows)


def test_who_may_see_no_figure_sees_groups_not_records(shop: World, trade: dict[str, int]) -> None:
    report = Report(
        "x",
        "x",
        "X",
        (ReportColumn("a", "goods", group=True), ReportColumn("b", "goods.weight", op="sum")),
        entity="order_line",
    )
    with shop.reading(shop.person("reader", "clerk")) as ctx:
        assert len(run_report(ctx, report).rows) == 2


def test_parameters_are_judged_together(shop: World) -> None:
    asked = (
        Parameter("a", "level", "Level", "choice", options=(Option("o1", "high", "High"),)),
        Parameter("b", "least", "Least", "decimal", min="0", max="10"),
        Parameter("c", "goods", "Goods", "reference", entity="goods", required=True),
        Parameter("d", "days", "Days", "date", multi=True),
    )
    report = Report(
        "x", "x", "X", (ReportColumn("a", "goods", group=True),), entity="order_line", parameters=asked
    )
    sent = {"level": "low", "least": "11", "days": "2026-01-01,never"}
    with shop.reading() as ctx, pytest.raises(InvalidError) as refused:
        run_report(ctx, report, sent)
    assert [(p.code, p.path) for p in refused.value.problems] == [
        ("PARAMETER_INVALID", "/parameters/level"),
        ("PARAMETER_RANGE", "/parameters/least"),
        ("PARAMETER_REQUIRED", "/parameters/goods"),
        ("PARAMETER_INVALID", "/parameters/days"),
    ]


def test_a_parameter_takes_so_many_values_and_each_is_judged(shop: World) -> None:
    asked = (
        Parameter("g", "goods", "Goods", "reference", entity="goods", multi=True),
        Parameter("n", "least", "Least", "decimal", min="0", max="10", multi=True),
        Parameter("f", "zero", "Zero", "boolean"),
    )
    report = Report(
        "x", "x", "X", (ReportColumn("a", "goods", group=True),), entity="order_line", parameters=asked
    )
    sent = {"goods": ",".join(["x"] * 501), "least": "1,11", "zero": "perhaps"}
    with shop.reading() as ctx, pytest.raises(InvalidError) as refused:
        run_report(ctx, report, sent)
    assert [(p.code, p.path) for p in refused.value.problems] == [
        ("PARAMETER_MANY", "/parameters/goods"),
        ("PARAMETER_RANGE", "/parameters/least"),
        ("PARAMETER_INVALID", "/parameters/zero"),
    ]


def test_several_values_mean_any_of_them(shop: World, trade: dict[str, int]) -> None:
    report = replace(
        SALES,
        parameters=(Parameter("g", "goods", "Goods", "reference", entity="goods", multi=True),),
        filter={"field": "goods", "op": "=", "value": {"parameter": "goods"}}, compare=None,
    )  # fmt: skip
    with shop.reading() as ctx:
        assert len(run_report(ctx, report, {"goods": [trade["A"], trade["B"]]}).rows) == 2
        assert len(run_report(ctx, report, {"goods": "B"}).rows) == 1


def test_long_results_come_in_pages_with_the_totals_of_all(shop: World, trade: dict[str, int]) -> None:
    with shop.reading() as ctx:
        found = run_report(ctx, SALES, {"from_day": day(shop, 9)}, limit=1, offset=1)
    assert (found.count, found.offset, len(found.rows), found.is_cut) == (2, 1, 1, False)
    assert found.totals["amount"] == Decimal("32.50")


def test_a_path_leads_to_a_line_and_on_through_its_header(shop: World, trade: dict[str, int]) -> None:
    show = shop.engine.database.show
    rice = show(trade["A"])
    order = shop.id(shop.create("order", {"lines": [{"goods": rice, "quantity": "1"}]}))
    with shop.reading() as ctx:
        whole = ctx.load("order", order)
        line = whole.lines["lines"][0].id
    shop.create("delivery", {"lines": [{"goods": rice, "quantity": "1", "order_line": show(line)}]})
    taken = {"number": "order_line.parent.number", "quantity": "quantity * 1"}
    columns = (ReportColumn("a", key="number", group=True), ReportColumn("b", key="quantity", op="sum"))
    by_hand = Report("x", "x", "X", columns, parts=(ReportPart("p", taken, entity="delivery_line"),))
    in_sql = replace(
        by_hand, parts=(ReportPart("p", {**taken, "quantity": "quantity"}, entity="delivery_line"),)
    )
    with shop.reading() as ctx:
        for report in (by_hand, in_sql):
            found = run_report(ctx, report)
            assert (whole.get("number"), Decimal(1)) in table(found, "number", "quantity")
