"""Models: lanes, pools and grains come from the definition; numbers from storage."""

from __future__ import annotations

from dataclasses import dataclass, field

from builder.ledger.compile import build_models, compile_ledger
from builder.ledger.definition import COST_GRAIN, LANE
from builder.metadata.ledger import Grain, Guard
from builder.metadata.package import App, Package
from builder.metadata.rule import Rule, Trigger
from tests.ledger.goods import batched, credit, stock, stock_definition, turnover


@dataclass
class Numbers:
    """Numbers that storage gave in another order than the definition has now."""

    ledger_id: int = 9
    dimensions: dict[str, int] = field(default_factory=lambda: {"item": 3, "place": 1, "batch": 2})
    measures: dict[str, int] = field(
        default_factory=lambda: {"on_hand": 4, "reserved": 1, "held": 2, "value": 3}
    )
    grains: dict[str, int] = field(default_factory=lambda: {"place": 2, "batch": 1})


def test_the_lane_is_what_guards_cost_and_picks_have_in_common() -> None:
    assert [batched().dimensions[p].key for p in batched().lane.positions] == ["item"]
    per_place = stock(cost_key=("item", "place"))
    assert [per_place.dimensions[p].key for p in per_place.lane.positions] == ["item", "place"]


def test_no_balance_belongs_to_two_lanes() -> None:
    whole = Grain("all", "all", ("item",))
    model = stock(cost_key=("item", "place"), grains=(*stock_definition().grains, whole))
    assert [model.dimensions[p].key for p in model.lane.positions] == ["item"]


def test_a_grain_with_the_lanes_dimensions_is_the_lane() -> None:
    model = credit()
    assert [g.number for g in model.grains] == [LANE]
    assert model.guards[0].grain is model.lane


def test_the_cost_pool_has_a_grain_of_its_own_where_none_fits() -> None:
    model = stock(cost_key=("item", "batch"))
    assert model.cost is not None
    assert model.cost.grain.number == COST_GRAIN
    assert model.cost.grain in model.grains


def test_a_turnover_ledger_has_no_lane_among_its_grains() -> None:
    assert [g.number for g in turnover().grains] == [1]


def test_keys_and_measures_follow_their_numbers() -> None:
    model = compile_ledger(stock_definition(), Numbers())
    assert [d.key for d in model.dimensions] == ["place", "batch", "item"]
    assert [m.key for m in model.measures] == ["reserved", "held", "value", "on_hand"]
    assert model.lane.of((1, 2, 3)) == (3,)
    assert model.measures[model.counted].key == "on_hand"
    assert {g.key: g.number for g in model.grains if g.key} == {"place": 2, "batch": 1}


def test_fields_of_dimension_records_are_known() -> None:
    assert credit().fields == {"customer": frozenset({"limit"})}
    assert batched().fields == {"item": frozenset({"has_batches"}), "batch": frozenset({"expires_on"})}


def test_a_packages_models_watch_what_its_rules_watch() -> None:
    trigger = Trigger("threshold", ledger="stock", grain="place", slack="on_hand - 5")
    rules = (
        Rule("low", "low", "Low", trigger, ()),
        Rule("off", "off", "Off", trigger, (), enabled=False),
    )
    package = Package(App("a", "a", "A"), ledgers=(stock_definition(),), rules=rules)
    model = build_models(package)["stock"]
    assert [(t.rule, t.grain.key) for t in model.thresholds] == [("low", "place")]


def test_guards_that_are_off_are_left_out() -> None:
    guard = Guard("g", "g", "place", "on_hand", "no", enabled=False)
    assert stock(guards=(guard,)).guards == ()
