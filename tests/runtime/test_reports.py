"""Reports, dashboards and health: exact figures, within the reader's rights, and numbers that open what they count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from builder.errors import ForbiddenError, InvalidError
from builder.metadata.form import SortKey
from builder.metadata.report import Card, Figure, Health, Parameter, Report, ReportColumn
from builder.runtime.dashboards import shown_card
from builder.runtime.health import findings, normal
from builder.runtime.listing import Wanted, list_records
from builder.runtime.report_rows import _below
from builder.runtime.reports import run_report, with_parameters
from tests.runtime.world import World

BY_GOODS = Report(
    uid="r",
    key="r",
    label="By goods",
    entity="order_line",
    columns=(
        ReportColumn("c1", "goods.code", group=True),
        ReportColumn("c2", "goods", group=True),
        ReportColumn("c3", "quantity", op="sum"),
        ReportColumn("c4", "amount", op="sum"),
        ReportColumn("c5", "id", op="count"),
    ),
    filter={"field": "parent.business_date", "op": ">=", "value": {"parameter": "from_day"}},
    parameters=(Parameter("p", "from_day", "From", "date", "DATEADD(TODAY(), -30, 'days')"),),
    sort=(SortKey("amount", descending=True),),
)


@pytest.fixture
def sold(shop: World) -> Mapping[str, int]:
    """Three order lines over two goods, and what was received of them."""
    made = {
        code: shop.id(shop.create("goods", {"code": code, "name": name, "price": price}))
        for code, name, price in (("A", "Rice", "2.50"), ("B", "Oil", "10.00"))
    }
    show = shop.engine.database.show
    rice, oil = show(made["A"]), show(made["B"])
    shop.create("order", {"lines": [{"goods": rice, "quantity": "3"}, {"goods": oil, "quantity": "1"}]})
    shop.create("order", {"lines": [{"goods": rice, "quantity": "0.50"}]})
    shop.create("receipt", {"lines": [{"goods": rice, "quantity": "20"}]}, submit=True)
    return made


def test_groups_have_exact_sums_and_names(shop: World, sold: Mapping[str, int]) -> None:
    with shop.reading() as ctx:
        found = run_report(ctx, BY_GOODS)
    assert [(r["goods.code"], r["quantity"], r["amount"], r["id"]) for r in found.rows] == [
        ("B", Decimal("1.00"), Decimal("10.00"), Decimal(1)),
        ("A", Decimal("3.50"), Decimal("8.75"), Decimal(2)),
    ]
    assert found.totals["amount"] == Decimal("18.75")
    assert found.titles["goods"][sold["A"]] == "Rice"
    assert [c.type for c in found.columns] == ["text", "reference", "quantity", "money", "integer"]


def test_parameters_limit_and_empty_ones_do_not(shop: World, sold: Mapping[str, int]) -> None:
    with shop.reading() as ctx:
        assert run_report(ctx, BY_GOODS, {"from_day": "2026-01-06"}).rows == ()
        assert len(run_report(ctx, BY_GOODS, {"from_day": ""}).rows) == 2
        with pytest.raises(InvalidError):
            run_report(ctx, BY_GOODS, {"from_day": "tomorrow"})


def test_balances_and_entries(shop: World, sold: Mapping[str, int]) -> None:
    stock = Report(
        "s", "s", "Stock", source="balances", ledger="stock",
        columns=(ReportColumn("a", "goods", group=True), ReportColumn("b", "on_hand", op="sum")),
        filter={"field": "on_hand - 5", "op": ">", "value": "0"},
    )  # fmt: skip
    moves = replace(
        stock, source="entries", filter=None,
        columns=(ReportColumn("a", "document"), ReportColumn("b", "on_hand"), ReportColumn("c", "balance.on_hand")),
    )  # fmt: skip
    with shop.reading() as ctx:
        rows = run_report(ctx, stock).rows
        entries = run_report(ctx, moves).rows
    assert [(r["goods"], r["on_hand"]) for r in rows] == [(sold["A"], Decimal("20.00"))]
    assert [(r["on_hand"], r["balance.on_hand"]) for r in entries] == [(Decimal("20.00"), Decimal("20.00"))]
    assert str(entries[0]["document"]).startswith("RECEIPT")


def test_conditions_on_balances_may_be_joined_by_or(shop: World, sold: Mapping[str, int]) -> None:
    where = {
        "or": [
            {"field": "on_hand", "op": ">", "value": "100"},
            {"not": {"field": "goods.code", "op": "=", "value": "B"}},
        ]
    }
    columns = (ReportColumn("a", "goods", group=True), ReportColumn("b", "on_hand", op="sum"))
    stock = Report("s", "s", "Stock", columns, source="balances", ledger="stock", filter=where)
    with shop.reading() as ctx:
        assert [r["goods"] for r in run_report(ctx, stock).rows] == [sold["A"]]
        moves = replace(stock, source="entries")
        assert [r["goods"] for r in run_report(ctx, moves).rows] == [sold["A"]]


def test_a_number_opens_exactly_what_it_counts(shop: World, sold: Mapping[str, int]) -> None:
    where: Mapping[str, Any] = {"field": "total", "op": ">", "value": "5"}
    card = Card("k", "number", "Large", figure=Figure("count", "order", filter=where), view="orders")
    with shop.reading() as ctx:
        shown = shown_card(ctx, card)
        assert shown is not None
        assert shown.opens is not None
        listed = list_records(ctx, shown.opens.entity, Wanted(where=shown.opens.filter))
        total = shown_card(ctx, replace(card, figure=Figure("sum", "order", "total", where)))
    assert shown.value == len(listed.records) == 1
    assert total is not None
    assert total.value == Decimal("17.50")


def test_who_may_not_read_gets_no_card_and_no_report(shop: World, sold: Mapping[str, int]) -> None:
    stranger = shop.person("stranger")
    card = Card("k", "number", "Orders", figure=Figure("count", "order"))
    with shop.reading() as ctx:
        nobody = replace(ctx, kernel=replace(ctx.kernel, actor=stranger, grants=()))
        assert shown_card(nobody, card) is None
        with pytest.raises(ForbiddenError):
            list(run_report(nobody, BY_GOODS).rows)


def test_a_header_s_scope_is_looked_for_above_its_lines() -> None:
    scope = {
        "or": [
            {"field": "owner", "op": "=", "value": 1},
            {"not": {"field": "org_unit", "op": "in", "value": [2]}},
        ]
    }
    assert _below(scope) == {
        "or": [
            {"field": "parent.owner", "op": "=", "value": 1},
            {"not": {"field": "parent.org_unit", "op": "in", "value": [2]}},
        ]
    }


def test_conditions_on_empty_parameters_go() -> None:
    where = {
        "and": [{"field": "a", "op": "=", "value": {"parameter": "x"}}, {"field": "b", "op": "=", "value": 1}]
    }
    assert with_parameters(where, {"x": None}) == {"and": [{"field": "b", "op": "=", "value": 1}]}
    assert with_parameters({"not": where["and"][0]}, {"x": None}) is None


def test_duplicates_meet_over_width_case_and_spaces(shop: World) -> None:
    for code, name in (("A", "Rice 10kg"), ("B", "ＲＩＣＥ　10KG"), ("C", "Oil")):
        shop.create("goods", {"code": code, "name": name})
    check = Health("h", "h", "Twins", "", "duplicates", entity="goods", fields=("name",))
    with shop.reading() as ctx:
        found = findings(ctx, check)
    assert len(found) == 1
    assert len(found[0].refs) == 2
    assert normal(" Ａ b ") == "ab"
