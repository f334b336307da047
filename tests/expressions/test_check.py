"""Checking: names, types, functions and balances, each wrong one told with its place and what was expected."""

from __future__ import annotations

from typing import Any

import pytest

from builder.expressions import Expression, ExpressionError, compile_expression
from builder.expressions.types import BOOL, NUMBER, TEXT, Type
from tests.expressions.world import Ledger, Names


def checked(source: str, expected: Type | None = None) -> Expression:
    return compile_expression(source, Names(), expected)


def refusal(source: str, expected: Type | None = None) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        checked(source, expected)
    return caught.value


@pytest.mark.parametrize(
    ("source", "type"),
    [
        ("quantity * price", "number"),
        ("note", "text"),
        ("urgent and quantity > 3", "bool"),
        ("due", "date"),
        ("customer", "ref customer"),
        ("customer.level", "text"),
        ("lines.amount", "list of number"),
        ("[1, quantity]", "list of number"),
        ("[]", "list of any"),
        ("note if urgent else None", "text"),
        ("None", "none"),
        ("SUM(lines.amount)", "number"),
        ("COUNT(lines)", "number"),
        ("TODAY()", "date"),
    ],
)
def test_every_expression_has_a_type(source: str, type: str) -> None:
    assert str(checked(source).type) == type


def test_an_expression_says_what_it_reads() -> None:
    expression = checked("price * quantity if customer.level == 'A' else SUM(lines.amount)")
    assert expression.paths == {"price", "quantity", "customer.level", "lines.amount"}
    assert expression.source.startswith("price * quantity")
    assert not expression.volatile


@pytest.mark.parametrize(
    "source", ["TODAY()", "BALANCE('stock', 'on_hand', item) > 3", "NOW() == created_at"]
)
def test_what_asks_the_world_is_volatile(source: str) -> None:
    assert checked(source).volatile


def test_two_compilations_of_the_same_are_equal() -> None:
    assert checked("quantity + 1") == checked("quantity + 1")


@pytest.mark.parametrize(
    ("source", "code", "position", "params"),
    [
        ("quantiti * 2", "EXPRESSION_NAME", 0, {"name": "quantiti", "nearest": "quantity"}),
        ("1 + customer.levl", "EXPRESSION_NAME", 4, {"nearest": "customer.level"}),
        ("1 + zzz", "EXPRESSION_NAME", 4, {"nearest": ""}),
        ("Round(price, 2)", "EXPRESSION_FUNCTION", 0, {"nearest": "ROUND"}),
        ("sum(lines.amount)", "EXPRESSION_FUNCTION", 0, {"nearest": "SUM"}),
        ("ROUND()", "EXPRESSION_ARGUMENTS", 0, {"name": "ROUND", "found": 0}),
        ("TODAY(1)", "EXPRESSION_ARGUMENTS", 0, {"name": "TODAY", "found": 1}),
        ("quantity + note", "EXPRESSION_TYPE", 11, {"found": "text", "expected": "number"}),
        ("lines.amount * 2", "EXPRESSION_TYPE", 0, {"found": "list of number", "expected": "number"}),
        ("-urgent", "EXPRESSION_TYPE", 1, {"found": "bool", "expected": "number"}),
        ("not quantity", "EXPRESSION_TYPE", 4, {"found": "number", "expected": "bool"}),
        ("urgent and note", "EXPRESSION_TYPE", 11, {"found": "text", "expected": "bool"}),
        ("1 if note else 2", "EXPRESSION_TYPE", 5, {"found": "text", "expected": "bool"}),
        ("1 if urgent else note", "EXPRESSION_TYPE", 17, {"found": "text", "expected": "number"}),
        ("quantity == note", "EXPRESSION_TYPE", 12, {"found": "text", "expected": "number"}),
        ("customer == item", "EXPRESSION_TYPE", 12, {"found": "ref item", "expected": "ref customer"}),
        ("due < created_at", "EXPRESSION_TYPE", 6, {"found": "datetime", "expected": "date"}),
        ("urgent < urgent", "EXPRESSION_TYPE", 0, {"found": "bool"}),
        ("quantity in lines.name", "EXPRESSION_TYPE", 0, {"found": "number", "expected": "text"}),
        ("note in state", "EXPRESSION_TYPE", 8, {"found": "text", "expected": "list of text"}),
        ("[1, 'a']", "EXPRESSION_TYPE", 4, {"found": "text", "expected": "number"}),
        ("[tags]", "EXPRESSION_TYPE", 1, {"found": "list of text"}),
        ("SUM(lines.name)", "EXPRESSION_TYPE", 4, {"found": "list of text"}),
    ],
)
def test_what_is_wrong_is_told(source: str, code: str, position: int, params: dict[str, Any]) -> None:
    error = refusal(source)
    assert (error.code, error.position) == (code, position)
    assert params.items() <= error.params.items()


@pytest.mark.parametrize(
    "source",
    [
        "customer == owner",
        "customer != None",
        "state in ['draft', 'approved']",
        "'new' in tags",
        "customer in (customer, owner)",
        "1 < quantity <= 5",
        "due == TODAY()",
        "price in lines.amount",
        "customer.limit >= None",
    ],
)
def test_what_goes_together_may_be_compared(source: str) -> None:
    assert checked(source).type == BOOL


def test_the_result_must_be_of_the_type_that_is_expected() -> None:
    assert checked("quantity > 1", BOOL).type == BOOL
    assert checked("None", NUMBER).type.kind == "none"
    error = refusal("quantity", TEXT)
    assert (error.code, error.params["found"], error.params["expected"]) == (
        "EXPRESSION_TYPE",
        "number",
        "text",
    )


def test_without_a_scope_names_may_be_anything_and_the_rest_is_checked() -> None:
    assert compile_expression("anything.at.all * 2").type == NUMBER
    with pytest.raises(ExpressionError, match="TYPE"):
        compile_expression("anything * 'x'")
    with pytest.raises(ExpressionError, match="FUNCTION"):
        compile_expression("NONSENSE(anything)")


# Balances -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "BALANCE('stock', 'on_hand')",
        "BALANCE('stock', 'on_hand', item)",
        "BALANCE('stock', 'reserved', item, None)",
        "BALANCE('stock', 'on_hand', item, owner)",
        "BALANCE('stock', 'on_hand', item, owner, None)",
    ],
)
def test_a_balance_is_asked_for_at_a_grain_that_is_kept(source: str) -> None:
    assert checked(source).type == NUMBER
    assert {ledger for ledger, _ in checked(source).balances} == {"stock"}


@pytest.mark.parametrize(
    ("source", "position", "params"),
    [
        ("BALANCE('stok', 'on_hand', item)", 8, {"what": "ledger", "found": "stok"}),
        (
            "BALANCE('stock', 'on_hnd', item)",
            17,
            {"what": "measure", "found": "on_hnd", "nearest": "on_hand"},
        ),
        ("BALANCE(note, 'on_hand', item)", 8, {"what": "text"}),
        (
            "BALANCE('stock', 'on_hand', None, owner)",
            0,
            {"what": "grain", "found": "place", "expected": "item | item, place"},
        ),
        ("BALANCE('stock', 'on_hand', item, owner, 1, 2)", 44, {"what": "keys", "limit": 3}),
    ],
)
def test_a_balance_that_is_not_kept_is_refused(source: str, position: int, params: dict[str, Any]) -> None:
    error = refusal(source)
    assert (error.code, error.position) == ("EXPRESSION_BALANCE", position)
    assert params.items() <= error.params.items()


def test_a_ledger_may_be_named_without_knowing_its_grains() -> None:
    names = Names(ledgers={"stock": Ledger(grains=frozenset())})
    assert compile_expression("BALANCE('stock', 'on_hand', None, owner)", names).type == NUMBER


def test_a_list_of_nothing_goes_with_any_list() -> None:
    assert checked("lines.amount == SORT([None])").type == BOOL
    assert str(checked("SORT([None]) if urgent else lines.amount").type) == "list of any"
