"""What if, over history: a rule, an approval or a whole draft against what happened. On both databases, and provably without writes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert
from sqlalchemy.exc import DBAPIError

from builder.commands import Actor, SaveDraft
from builder.errors import ForbiddenError, InvalidError, ReadOnlyError
from builder.runtime import jobs
from builder.runtime.trying import history
from builder.runtime.trying.history import Ask, over_history
from builder.runtime.trying.replay import Tally
from builder.storage import jobs as stored_jobs
from builder.storage.tables.machinery import feed
from tests.runtime.shop import shop_nodes
from tests.runtime.test_parity import parity_nodes
from tests.runtime.untouched import contents
from tests.runtime.world import WS, World


@pytest.fixture
def office(empty: World) -> World:
    empty.install(parity_nodes(), "shop")
    return empty


def edit(world: World, kind: str, key: str, **changes: Any) -> None:
    """An edit of the draft."""
    with world.reading() as ctx:
        body: Mapping[str, Any] = ctx.app.package.nodes[kind, key]
    world.send(SaveDraft("shop", kind, key, {**body, **changes}))


def asked(world: World, kind: str, key: str = "", transition: str = "", days: int = 30) -> Ask:
    now = world.clock.now()
    return Ask("shop", kind, key, now - timedelta(days=days), now + timedelta(minutes=1), transition)


def found(world: World, kind: str, key: str = "", transition: str = "", **options: Any) -> Tally:
    return over_history(world.engine, world.actor, asked(world, kind, key, transition, **options))


def counts(tally: Tally) -> dict[str, int]:
    [one] = tally.counts.values()
    return {name: count for name, count in one.items() if count}


def test_a_rule_that_stays_as_it_is_differs_nowhere(office: World) -> None:
    for number, subject in enumerate(("rush", "chairs", "rush")):
        office.create("request", {"code": f"R{number}", "subject": subject})
    assert counts(found(office, "rule", "rush")) == {"did": 2, "would": 2}
    assert counts(found(office, "rule", "made")) == {"did": 3, "would": 3}
    assert counts(found(office, "rule", "made_after")) == {"did": 3, "would": 3}
    assert found(office, "rule", "rush").rows == []


def test_another_condition_says_where_it_would_have_come_out_otherwise(office: World) -> None:
    ids = [
        office.id(office.create("request", {"code": f"R{n}", "subject": s}))
        for n, s in enumerate(("rush", "chairs"))
    ]
    edit(office, "rule", "rush", **{"if": "subject == 'chairs'"})
    tally = found(office, "rule", "rush")
    assert counts(tally) == {"did": 1, "would": 1, "more": 1, "fewer": 1}
    assert {(row["id"], row["kind"]) for row in tally.rows} == {(ids[0], "fewer"), (ids[1], "more")}


def test_other_actions_are_another_outcome(office: World) -> None:
    office.create("request", {"code": "R1", "subject": "rush"})
    then = [{"uid": "rule.rush.do", "kind": "set", "values": {"urgency": "'highest'"}}]
    edit(office, "rule", "rush", then=then)
    tally = found(office, "rule", "rush")
    assert counts(tally) == {"did": 1, "would": 1, "otherwise": 1}
    [row] = tally.rows
    assert (row["then"][0]["values"], row["now"][0]["values"]) == (
        {"urgency": "high"},
        {"urgency": "highest"},
    )


def test_what_a_record_was_then_is_what_counts(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "rush"}))
    office.update("request", id, {"subject": "chairs"})
    office.fire("request", id, "approve")
    assert counts(found(office, "rule", "rush")) == {"did": 1, "would": 1}
    assert counts(found(office, "rule", "changed")) == {"did": 1, "would": 1}
    assert counts(found(office, "rule", "kept")) == {"did": 1, "would": 1}
    assert counts(found(office, "rule", "approved")) == {"did": 1, "would": 1}


def test_only_the_period_counts(office: World) -> None:
    office.create("request", {"code": "R1", "subject": "rush"})
    office.later(days=40)
    office.create("request", {"code": "R2", "subject": "rush"})
    tally = found(office, "rule", "rush")
    assert (tally.records, counts(tally)) == (1, {"did": 1, "would": 1})


def test_a_rule_that_is_switched_off_would_do_nothing(office: World) -> None:
    office.create("request", {"code": "R1", "subject": "rush"})
    edit(office, "rule", "rush", enabled=False)
    assert counts(found(office, "rule", "rush")) == {"did": 1, "fewer": 1}


def test_a_whole_draft_compares_what_it_changes(office: World) -> None:
    office.create("request", {"code": "R1", "subject": "chairs", "remark": "far too long"})
    assert found(office, "draft").counts == {}
    edit(office, "rule", "rush", **{"if": "subject == 'chairs'"})
    with office.reading() as ctx:
        fields = [dict(f) for f in ctx.app.package.nodes["entity", "request"]["fields"]]
    for one in fields:
        if one["key"] == "remark":
            one["required"] = True
            one["max_length"] = 4
    edit(office, "entity", "request", fields=fields)
    tally = found(office, "draft")
    assert {name: {k: v for k, v in c.items() if v} for name, c in tally.counts.items()} == {
        "rule:request:rush": {"would": 1, "more": 1},
        "values:request:request": {"did": 1, "fewer": 1},
    }


def test_an_approval_says_who_would_have_been_asked(empty: World) -> None:
    empty.install(shop_nodes(), "shop")
    boss, clerk = empty.person("boss", "boss"), empty.person("clerk", "clerk")
    goods = empty.id(empty.create("goods", {"code": "G1", "name": "Pen"}))
    small, large = (
        empty.id(
            empty.create("order", {"lines": [{"goods": goods, "quantity": 1, "price": price}]}, actor=clerk)
        )
        for price in ("5", "5000")
    )
    for id in (small, large):
        empty.fire("order", id, "submit")
    assert counts(found(empty, "approval", "order", "approve")) == {"did": 1, "would": 1}
    transitions = [dict(t) for t in shop_nodes()["workflow", "order"]["transitions"]]
    [gated] = [t for t in transitions if t.get("approval")]
    gated["approval"] = {**gated["approval"], "when": "total >= 1"}
    edit(empty, "workflow", "order", transitions=transitions)
    tally = found(empty, "approval", "order", "approve")
    assert counts(tally) == {"did": 1, "would": 2, "more": 1}
    [row] = tally.rows
    assert (row["id"], row["then"], row["now"]) == (small, None, [["Boss", [boss.user_id]]])
    assert tally.sums["approval:order:approve"] == {"did": "5000.00", "would": "5005.00"}
    gated["approval"]["nodes"] = [{**gated["approval"]["nodes"][0], "label": "Owner"}]
    edit(empty, "workflow", "order", transitions=transitions)
    assert counts(found(empty, "approval", "order", "approve"))["otherwise"] == 1


def test_only_who_designs_may_try(office: World) -> None:
    clerk = office.person("clerk", "clerk")
    with pytest.raises(ForbiddenError):
        over_history(office.engine, clerk, asked(office, "draft"))


def test_a_draft_that_cannot_be_read_is_refused(office: World) -> None:
    edit(office, "rule", "rush", timing="whenever")
    with pytest.raises(InvalidError) as error:
        found(office, "draft")
    assert error.value.code == "DRAFT_UNREADABLE"


# Without effect


def test_nothing_is_written(office: World) -> None:
    for number in range(5):
        id = office.id(office.create("request", {"code": f"R{number}", "subject": "rush"}))
        office.fire("request", id, "approve")
    edit(office, "rule", "rush", **{"if": "subject == 'chairs'"})
    before = contents(office.engine.database)
    for kind, key in (
        ("rule", "rush"),
        ("rule", "made"),
        ("rule", "made_after"),
        ("rule", "told"),
        ("draft", ""),
    ):
        found(office, kind, key)
    assert contents(office.engine.database) == before, "rows, hashes and the heads of the chains are the same"


def test_every_statement_reads(office: World) -> None:
    office.create("request", {"code": "R1", "subject": "rush"})
    edit(office, "rule", "rush", **{"if": "subject == 'chairs'"})
    seen: list[str] = []
    writers = office.engine.database.writers
    readers = office.engine.database.readers

    def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement.split(maxsplit=1)[0].upper())

    def forbidden(*_all: Any) -> None:
        raise AssertionError("a what-if opened a writer")

    event.listen(readers, "before_cursor_execute", note)
    event.listen(writers, "before_cursor_execute", forbidden)
    try:
        found(office, "draft")
    finally:
        event.remove(readers, "before_cursor_execute", note)
        event.remove(writers, "before_cursor_execute", forbidden)
    assert set(seen) <= {"SELECT", "WITH"}


def test_the_database_itself_refuses_a_write(office: World) -> None:
    with history.bench(office.engine, office.actor, asked(office, "draft")) as at:
        row = {"ws": WS, "feed_id": 1, "kind": "x", "at": office.clock.now()}
        with pytest.raises((ReadOnlyError, DBAPIError)):
            at.draft.conn.execute(insert(feed), row)


def test_the_job_writes_only_its_own_row(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "BATCH", 2)
    boss: Actor = office.person("boss", "boss", admin=True)
    for number in range(5):
        office.create("request", {"code": f"R{number}", "subject": "rush"})
    office.engine.database.new_id()
    before = contents(office.engine.database, but=frozenset({"job"}))
    id = history.start(office.engine, boss, asked(office, "rule", "rush"))
    steps = 0
    while jobs.run_step(office.engine, WS):
        steps += 1
    with office.engine.database.snapshot() as conn:
        row = stored_jobs.get(conn, WS, id)
    assert row is not None
    assert row.progress is not None
    assert (row.state, row.progress["done"], row.progress["total"]) == ("done", 5, 5)
    assert counts(Tally.of(row.progress["found"])) == {"did": 5, "would": 5}
    assert steps == 3
    assert contents(office.engine.database, but=frozenset({"job"})) == before


# What other records said then


def test_what_the_log_remembers_counts_and_what_nobody_knows_any_more_is_not_held_against_the_draft(
    empty: World,
) -> None:
    nodes = parity_nodes()
    when = {"kind": "record_created", "entity": "desk"}
    then = [{"uid": "rule.seen.do", "kind": "create", "entity": "task", "values": {"what": "code"}}]
    body = {"uid": "rule.seen", "key": "seen", "label": "seen", "when": when, "timing": "now", "then": then}
    nodes["rule", "seen"] = {**body, "if": "request.subject == 'chairs'"}
    empty.install(nodes, "shop")
    id = empty.id(empty.create("request", {"code": "R1", "subject": "chairs"}))
    empty.create("desk", {"code": "D1", "request": id})
    empty.update("request", id, {"subject": "tables"})
    assert counts(found(empty, "rule", "seen")) == {"did": 1, "would": 1}
    empty.create("desk", {"code": "D2", "request": id})
    empty.update("request", id, {"subject": "chairs"})
    assert counts(found(empty, "rule", "seen")) == {"did": 1, "would": 2, "unclear": 1}


def test_a_process_without_the_clock_can_start_one() -> None:
    """Who serves pages only does not load what the scheduler needs."""
    asked = (
        "import builder.app; from builder.runtime.jobs import KINDS; print(KINDS.find('what_if') is not None)"
    )
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "True"
