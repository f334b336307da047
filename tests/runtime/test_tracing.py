"""Tracing over the trading template: a batch is recalled whole, every cost adds up, and nobody sees by the path what is not theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from builder.app import create_app
from builder.errors import InvalidError, NotFoundError
from builder.ledger.cost_path import Share
from builder.runtime.context import Context
from builder.runtime.installing import template
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from builder.runtime.recalling import recall
from builder.runtime.scenarios import Runner
from builder.runtime.tracing import Start, read_cost_path, read_trace
from builder.storage.tables import ledgers as t
from tests.runtime.world import PASSWORD, WS, World, open_world

GENERAL = template("general").package


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The app in which batches were received, split and sold; somebody of sales without the costs."""
    folder = tmp_path_factory.mktemp("tracing")
    made = open_world(f"sqlite:///{folder}/scratch.db", folder)
    runner = Runner(made.engine, GENERAL)
    for key in ("first_expired_first_out", "day_by_day"):
        assert runner.run(next(s for s in GENERAL.scenarios if s.key == key)).passed
    made.app = "s1_first_expired_first_out"
    made.person("anna", "sales")
    made.person("chief", admin=True)
    yield made
    made.engine.database.close()


@contextmanager
def reading(world: World, app: str | None = None) -> Iterator[Context]:
    with world.engine.database.snapshot() as conn:
        yield open_reading(world.engine, conn, system(WS), app or world.app, world.clock.now())


def batches(ctx: Context) -> list[int]:
    return [record.id for record in ctx.reader.find("batch", None)]


def test_a_batch_is_recalled_to_the_last_unit(world: World) -> None:
    with reading(world) as ctx:
        model = ctx.app.ledgers["stock"]
        column = t.entry.c[f"k{model.dimensions[model.position('batch')].number}"]
        counted = t.entry.c[f"m{model.measures[model.counted].number}"]
        kept = 0
        for batch in batches(ctx):
            rows = ctx.conn.execute(select(counted).where(column == batch, counted > 0))
            come = sum((model.measures[model.counted].exact(r[0]) for r in rows), Decimal(0))
            if not come:
                continue
            where = {"field": "batch", "op": "=", "value": ctx.engine.database.show(batch)}
            found, truncated = recall(ctx, "stock", Start(where=where))
            assert not truncated
            assert sum(r.quantity for r in found) == come
            assert all(r.certain for r in found)
            gone = [r for r in found if r.what == "gone" and r.document and r.document.entity == "delivery"]
            assert all(r.parties for r in gone)
            kept += len(gone)
        assert kept


def every(share: Share) -> Iterator[Share]:
    yield share
    for child in share.children:
        yield from every(child)


def test_every_delivery_leads_to_receipts_and_its_cost_adds_up(world: World) -> None:
    with reading(world, "s2_day_by_day") as ctx:
        model = ctx.app.ledgers["stock"]
        quantity = t.entry.c[f"m{model.measures[model.counted].number}"]
        own = (t.entry.c.ledger_id == model.ledger_id, t.entry.c.kind == "normal", quantity < 0)
        looked = 0
        for (id,) in ctx.conn.execute(select(t.entry.c.entry_id).where(*own)).all():
            try:
                trace, sight = read_trace(ctx, "stock", Start(entry=id), "backward")
            except NotFoundError:
                continue
            looked += 1
            assert set(trace.nodes) == sight.visible
            path, _ = read_cost_path(ctx, "stock", Start(entry=id))
            for share in every(path.root):
                assert not share.children or sum(c.unit for c in share.children) == share.unit
            assert {f.from_ for f in trace.flows if f.how == "pool"} or trace.flows
        assert looked > 5


def test_a_question_without_a_beginning_is_refused(world: World) -> None:
    with reading(world) as ctx:
        with pytest.raises(InvalidError):
            read_trace(ctx, "stock", Start(), "forward")
        with pytest.raises(NotFoundError):
            read_trace(ctx, "stock", Start(entry=1), "forward")
        with pytest.raises(NotFoundError):
            read_trace(ctx, "nothing", Start(entry=1), "forward")


def client(world: World, login: str) -> FlaskClient:
    made = create_app(world.engine).test_client()
    sent = made.post("/api/v1/session", json={"login": login, "password": PASSWORD})
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {sent.get_json()['token']}"
    return made


def delivered(world: World) -> str:
    with reading(world) as ctx:
        model = ctx.app.ledgers["stock"]
        entity = ctx.app.maps.entity_id("delivery")
        joined = t.entry.join(t.journal, t.journal.c.journal_id == t.entry.c.journal_id)
        own = (t.journal.c.entity_id == entity, t.entry.c.ledger_id == model.ledger_id)
        counted = t.entry.c[f"m{model.measures[model.counted].number}"]
        found = ctx.conn.execute(select(t.entry.c.entry_id).select_from(joined).where(*own, counted < 0))
        return ctx.engine.database.show(found.scalars().first())


def test_who_may_not_see_costs_gets_a_path_without_them(world: World) -> None:
    path = f"/api/v1/apps/{world.app}/ledgers/stock"
    entry = delivered(world)
    told = client(world, "chief").get(f"{path}/trace?entry={entry}").get_json()
    assert any("value" in item["measures"] for item in told["items"])
    assert any(item["document"] for item in told["items"])
    sales = client(world, "anna")
    answer = sales.get(f"{path}/trace?entry={entry}&direction=backward&by=cost").get_json()
    assert answer["items"]
    assert all("value" not in item["measures"] for item in answer["items"])
    assert all("value" not in flow for flow in answer["flows"])
    hidden = [i["document"] for i in answer["items"] if i["document"] is None]
    assert hidden, "a receipt is no document of sales"
    assert sales.get(f"{path}/cost-path?entry={entry}").status_code == 404
    whole = client(world, "chief").get(f"{path}/cost-path?entry={entry}").get_json()
    assert Decimal(whole["unit_cost"]) == Decimal(whole["path"]["unit_cost"])


def test_bad_questions_are_told_apart_and_a_recall_is_a_file(world: World) -> None:
    boss = client(world, "chief")
    path = f"/api/v1/apps/{world.app}/ledgers/stock"
    entry = delivered(world)
    for query in ("direction=sideways", "by=magic", "depth=0", "filter=[]"):
        assert boss.get(f"{path}/trace?entry={entry}&{query}").status_code == 422, query
    assert boss.get(f"{path}/trace?entry=nothing").status_code == 404
    told = boss.get(f"{path}/recall?entry={entry}").get_json()["items"]
    assert {row["what"] for row in told} == {"gone"}
    file = boss.get(f"{path}/recall?entry={entry}&format=csv")
    assert file.mimetype == "text/csv"
    assert file.get_data(as_text=True).startswith("\ufeffwhat,ledger,")
