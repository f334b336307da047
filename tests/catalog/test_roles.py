"""Who sees what, in every template: keepers no prices, sales no cost, stores only themselves, workers only their own tasks, by
list, record, report, export, ledger and search."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest

from builder.metadata.catalog import catalog
from builder.runtime.installing import template
from builder.runtime.permissions import SYSTEM_FIELDS
from tests.catalog.looking import COSTS, PRICES, Look, Secrets, Stage, leaks, staged
from tests.runtime.world import open_world

PLAYED = {
    "general": "story_trade",
    "food": "story_dairy",
    "discrete_mfg": "worker_sees_no_money",
    "standard": "story_chain",
    "no_stock": "story_branches",
}
HIDDEN = (
    ("general", "keeper", PRICES),
    ("general", "sales", COSTS),
    ("general", "sales_manager", COSTS),
    ("food", "keeper", PRICES),
    ("food", "qc", PRICES),
    ("food", "sales", COSTS),
    ("discrete_mfg", "keeper", PRICES),
    ("discrete_mfg", "worker", PRICES),
    ("discrete_mfg", "sales", COSTS),
    ("standard", "keeper", PRICES),
    ("standard", "sales", COSTS),
    ("standard", "store_manager", COSTS),
    ("standard", "store_clerk", COSTS),
    ("standard", "driver", replace(PRICES, but=frozenset({"collected"}))),
    ("no_stock", "clerk", COSTS),
)
Staging = Callable[[str, str], Stage]


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    """Plays a template's scenario once; every test looks at the same app."""
    made: dict[tuple[str, str], Stage] = {}
    worlds = []

    def stage(template: str, scenario: str) -> Stage:
        if (template, scenario) not in made:
            folder = tmp_path_factory.mktemp(scenario)
            worlds.append(open_world(f"sqlite:///{folder}/scratch.db", folder))
            made[template, scenario] = staged(worlds[-1], template, scenario)
        return made[template, scenario]

    yield stage
    for world in worlds:
        world.engine.database.close()


@pytest.mark.parametrize(("template", "role", "secrets"), HIDDEN, ids=[f"{t}-{r}" for t, r, _ in HIDDEN])
def test_a_role_sees_no_figure_that_is_not_for_it(
    staging: Staging, template: str, role: str, secrets: Secrets
) -> None:
    stage = staging(template, PLAYED[template])
    look = Look(stage, stage.callers[role])
    assert list(look.entities()), "it sees nothing at all, which proves nothing"
    assert leaks(look, secrets) == []


def test_the_same_look_finds_what_a_buyer_is_shown(staging: Staging) -> None:
    """A proof that finds nothing anywhere would prove nothing: who sees prices is found to see them in every way."""
    stage = staging("general", PLAYED["general"])
    told = leaks(Look(stage, stage.callers["boss"]), PRICES)
    ways = {" ".join(text.replace(":", "").split()[:-1]) for text in told}
    assert {"list", "record", "export", "filter", "sort", "report", "balances", "entries"} <= ways
    assert any(text.startswith("report file ") for text in told)


@pytest.mark.parametrize(("template", "role", "secrets"), HIDDEN, ids=[f"{t}-{r}" for t, r, _ in HIDDEN])
def test_a_search_finds_nothing_that_may_not_be_opened(
    staging: Staging, template: str, role: str, secrets: Secrets
) -> None:
    stage = staging(template, PLAYED[template])
    look, boss = Look(stage, stage.callers[role]), stage.all_at_first
    readable = {entity.key: {row["id"] for row in look.rows(entity.key)} for entity in look.entities()}
    searched = 0
    for entity in boss.entities():
        for row in boss.rows(entity.key)[:2]:
            text = str(row.get(entity.title or "") or "")
            if text and row["id"] not in readable.get(entity.key, set()):
                assert f"/{entity.key}/{row['id']}" not in look.found(text), (entity.key, text)
                searched += 1
    assert searched


def foreign(mine: Look, all_: Look) -> Iterator[tuple[str, str]]:
    """Records that there are, and not in this role's lists."""
    seen = {entity.key: {row["id"] for row in mine.rows(entity.key)} for entity in mine.entities()}
    for entity in all_.entities():
        for row in all_.rows(entity.key):
            if row["id"] not in seen.get(entity.key, set()):
                yield entity.key, row["id"]


def see_only_their_own(mine: Look, all_: Look, *, own: str, other: str, book: str = "") -> None:
    """Its own is there, the other's nowhere: not in a list, record, export, report, ledger or search, nor by its address.
    ``book`` is an address book, in which everybody finds names."""
    everything = mine.everything(but=book)
    assert own in everything
    assert other not in everything
    assert other in all_.everything()
    others = list(foreign(mine, all_))
    assert others
    for entity, id in others:
        assert mine.caller.get(f"{mine.path}/{entity}/{id}").status_code == 404, (entity, id)
    found = mine.found(other)
    assert not [entity for entity, id in others if f"/{entity}/{id}" in found]


@pytest.mark.parametrize(
    ("template", "scenario", "own", "other", "book"),
    [
        ("standard", "a_store_sees_itself", "一店 S1", "二店 S2", "store_card"),
        ("no_stock", "store_sees_itself", "静安店", "别家店", ""),
    ],
    ids=["standard", "no_stock"],
)
def test_a_store_sees_only_itself(
    staging: Staging, template: str, scenario: str, own: str, other: str, book: str
) -> None:
    stage = staging(template, scenario)
    mine, all_ = Look(stage, stage.callers["store_manager"]), Look(stage, stage.boss)
    see_only_their_own(mine, all_, own=own, other=other, book=book)
    if book:
        assert {key for row in mine.rows(book) for key in row} - set(SYSTEM_FIELDS) == {"name", "phone"}


def test_a_driver_sees_only_the_own_shipments(staging: Staging) -> None:
    """Of two shipments on the way, each with a driver, one driver sees nothing of the other's: not its number, not its remark."""
    stage = staging("standard", "driver_sees_own_shipments")
    mine, all_ = Look(stage, stage.callers["driver"]), Look(stage, stage.boss)
    me = mine.caller.read("/me")["id"]
    numbers = {row["driver"] == me: row["number"] for row in all_.rows("shipment")}
    see_only_their_own(mine, all_, own=numbers[True], other=numbers[False])
    assert [row["number"] for row in mine.rows("shipment")] == [numbers[True]]
    brought = next(row for row in all_.rows("shipment") if row["number"] == numbers[True])
    own = {line["id"] for line in all_.caller.read(f"{all_.path}/shipment/{brought['id']}")["lines"]}
    assert own
    assert (
        {row["id"] for row in mine.rows("shipment_line")}
        == own
        < {row["id"] for row in all_.rows("shipment_line")}
    )


def test_a_worker_sees_only_the_own_tasks(staging: Staging) -> None:
    """Of two workers with a task each, one sees nothing of the other's: neither the task nor the name."""
    stage = staging("discrete_mfg", "worker_scans_step")
    mine, all_ = Look(stage, stage.callers["worker"]), Look(stage, stage.boss)
    workers = {row["name"]: row["id"] for row in all_.rows("worker")}
    me = mine.caller.read("/me")["id"]
    version = all_.caller.read(f"{all_.path}/worker/{workers['张师傅']}")["version"]
    answer = all_.caller.patch(
        f"{all_.path}/worker/{workers['张师傅']}", {"user": me}, headers={"If-Match": f'"{version}"'}
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    task = all_.rows("dispatch")[0]
    report = {
        "order": task["order"]["id"] if isinstance(task["order"], dict) else task["order"],
        "work_center": all_.rows("work_center")[0]["id"],
        "worker": workers["李师傅"],
        "good": "1",
    }
    stage.callers["shop_manager"].make(f"{all_.path}/work_report", report)
    mine, all_ = Look(stage, mine.caller), Look(stage, all_.caller)
    see_only_their_own(mine, all_, own="张师傅", other="李师傅")


@pytest.mark.parametrize("key", sorted(catalog()))
def test_who_may_make_a_document_from_another_may_read_it(key: str) -> None:
    """Else the button makes something and then shows an empty page."""
    package = template(key).package
    unseen = []
    for role in package.roles:
        grants = {grant.entity: grant for grant in role.grants}
        for grant in role.grants:
            entity = package.entity(grant.entity)
            assert entity is not None
            for conversion in entity.conversions:
                target = grants.get(conversion.to)
                if {"*", conversion.key} & set(grant.conversions) and (
                    target is None or "read" not in target.may
                ):
                    unseen.append((role.key, grant.entity, conversion.key))
    assert unseen == []


@pytest.mark.parametrize("key", sorted(catalog()))
def test_a_rule_refuses_nobody_with_a_figure_that_is_hidden_from_them(key: str) -> None:
    """A keeper who writes goods off sees no cost, so the refusal that asks for a photograph must not name it."""
    package = template(key).package
    told, looked = [], 0
    for rule in package.rules:
        words = {
            name
            for action in rule.then
            if action.kind == "refuse" and isinstance(action.message, Mapping)
            for text in action.message.values()
            for name in re.findall(r"{([a-z_.]+)}", text)
        }
        for role in package.roles if rule.when.transition else ():
            for grant in role.grants:
                if grant.entity == rule.when.entity and {"*", rule.when.transition} & set(grant.transitions):
                    looked += 1
                    told += [(role.key, rule.key, name) for name in sorted(words & set(grant.hidden))]
    assert told == []
    assert looked or key == "no_stock"


def test_a_refusal_tells_a_keeper_no_figure_that_is_not_for_it(staging: Staging) -> None:
    """A keeper issues more than there is, for a customer without credit: what is short is said, cost and receivable are not."""
    stage = staging("general", PLAYED["general"])
    boss, path = stage.boss, f"/apps/{stage.app}"
    item, warehouse = (boss.read(f"{path}/{entity}")["items"][0]["id"] for entity in ("item", "warehouse"))
    customer = boss.make(
        f"{path}/partner", {"code": "R1", "name": "R1", "is_customer": True, "credit_limit": "1"}
    )
    line = {"item": item, "quantity": "1000000", "price": "7"}
    sent = {"customer": customer["id"], "warehouse": warehouse, "lines": [line]}
    delivery = boss.make(f"{path}/delivery", sent)
    moved = f"{path}/delivery/{delivery['id']}/transitions/approve"
    told = {e["code"]: e for e in stage.callers["keeper"].post(moved, {}).get_json()["errors"]}
    assert {"on_hand", "reserved"} <= set(told["NEGATIVE_STOCK"]["params"])
    assert "value" not in {**told["NEGATIVE_STOCK"]["params"], **told["NEGATIVE_STOCK"]["params"]["after"]}
    assert "***" in told["CREDIT_LIMIT"]["message"]
    assert told["CREDIT_LIMIT"]["params"]["after"] == {}
    shown = {e["code"]: e["params"] for e in boss.post(moved, {}).get_json()["errors"]}
    assert "value" in shown["NEGATIVE_STOCK"]
    assert "receivable" in shown["CREDIT_LIMIT"]["after"]


@pytest.mark.parametrize(
    ("entity", "values"), [("complaint", {"kind": "late", "said": "Late"}), ("survey", {"score": 3})]
)
def test_sales_sees_what_its_own_customers_say(
    staging: Staging, entity: str, values: dict[str, object]
) -> None:
    stage = staging("general", PLAYED["general"])
    boss, sales, path = stage.boss, stage.callers["sales"], f"/apps/{stage.app}"
    me = sales.read("/me")["id"]
    made = {}
    for code, more in ((f"OWN-{entity}", {"salesman": me}), (f"OTHER-{entity}", {})):
        customer = boss.make(f"{path}/partner", {"code": code, "name": code, "is_customer": True, **more})
        made[code] = boss.make(f"{path}/{entity}", {"customer": customer["id"], **values})["id"]
    seen = {row["id"] for row in sales.read(f"{path}/{entity}")["items"]} & set(made.values())
    assert seen == {made[f"OWN-{entity}"]}


def test_a_keeper_does_not_say_how_freight_is_shared(staging: Staging) -> None:
    """Who does not see the freight could else make a cost of it, or an expense, without knowing."""
    stage = staging("general", PLAYED["general"])
    boss, keeper, path = stage.boss, stage.callers["keeper"], f"/apps/{stage.app}"
    row = boss.read(f"{path}/receipt")["items"][0]
    assert {"freight", "freight_basis", "freight_category"} <= set(row)
    assert not [key for key in keeper.read(f"{path}/receipt/{row['id']}") if key.startswith("freight")]
