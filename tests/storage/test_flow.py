"""Approvals: kept with their tasks, locked by version, found by who must decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from builder.changes import Approval, ApprovalTask, Decision
from builder.record import Ref
from builder.storage import flow, inbox, late_tasks
from builder.storage.database import Database
from builder.storage.errors import DuplicateError
from builder.storage.tables import apps as tables
from builder.storage.tables.people import account
from tests.storage.world import NOW, World

DEFINITION = {"transition": "t1", "nodes": [{"uid": "n1", "label": {"en": "Boss"}, "kind": "approver"}]}
APP_ID = 55


@pytest.fixture
def world(shared_database: Database) -> World:
    made = World(shared_database)
    with made.database.write() as conn:
        conn.execute(
            insert(tables.app),
            {"ws": made.ws, "app_id": APP_ID, "key": "shop", "label": "Shop", "live_version": 1},
        )
        for entity in made.maps.entities.values():
            row = {
                "entity_id": entity.entity_id,
                "uid": entity.uid,
                "member": entity.member,
                "kind": "document",
            }
            conn.execute(insert(tables.entity), {"ws": made.ws, "app_id": APP_ID, **row})
    return made


def approval(world: World, **more: Any) -> Approval:
    values: dict[str, Any] = {"state": "running", "cursor": {"at": 0}, "round": 1, "version": 1, **more}
    id, record = next(world.ids), next(world.ids)
    return Approval(
        id=id, app="shop", entity="order", record_id=record, transition="approve", definition=DEFINITION,
        content_hash="h", started_by=3, started_at=NOW, **values,
    )  # fmt: skip


def task(world: World, of: Approval, user: int, **more: Any) -> ApprovalTask:
    values: dict[str, Any] = {"status": "open", "title": "SO1", "opened_at": NOW, **more}
    return ApprovalTask(next(world.ids), of.id, "n1", 1, user, **values)


def write(
    world: World,
    approvals: list[Approval],
    tasks: list[ApprovalTask],
    decisions: list[Decision] | None = None,
) -> None:
    with world.database.write() as conn:
        flow.write(
            conn, world.maps, world.ws, approvals, tasks, decisions or [], cmd=next(world.cmds), now=NOW
        )


def test_a_running_approval_comes_back_with_its_tasks(world: World) -> None:
    made = approval(world)
    tasks = [task(world, made, 7), task(world, made, 8, status="waiting", due_at=NOW, position=1)]
    write(world, [made], tasks)
    with world.database.snapshot() as conn:
        assert flow.running(conn, world.ws, world.maps, Ref("order", made.record_id)) == (
            (made, tuple(tasks)),
        )
        assert flow.approval_of_task(conn, world.ws, world.maps, tasks[1].id) == (made, tuple(tasks))
        assert flow.app_of_task(conn, world.ws, tasks[0].id) == "shop"
        assert flow.approval_of_task(conn, world.ws, world.maps, 1) is None
        assert flow.app_of_task(conn, world.ws, 1) is None


def test_lock_gives_the_version_that_a_change_makes(world: World) -> None:
    made = approval(world)
    write(world, [made], [])
    with world.database.write() as conn:
        assert flow.lock(conn, world.ws, [made.id, 999]) == {made.id: 2, 999: 1}
    ended = replace(made, version=2, state="approved", ended_at=NOW)
    write(world, [ended], [])
    with world.database.snapshot() as conn:
        assert flow.running(conn, world.ws, world.maps, Ref("order", made.record_id)) == ()


def test_one_transition_of_a_record_has_one_running_approval(world: World) -> None:
    made = approval(world)
    write(world, [made], [])
    another = replace(made, id=next(world.ids))
    with pytest.raises(DuplicateError):
        write(world, [another], [])
    write(world, [another, replace(made, version=2, state="returned", ended_at=NOW)], [])


def test_the_inbox_holds_what_waits_with_the_last_refusal(world: World) -> None:
    made, later = approval(world), approval(world)
    first, second = task(world, made, 7), task(world, later, 7, opened_at=NOW - timedelta(days=1))
    write(
        world, [made, later], [first, second, task(world, made, 8), task(world, later, 9, status="approved")]
    )
    with world.database.write() as conn:
        for problems in ([{"code": "OLD"}], [{"code": "GUARD"}]):
            flow.add_attempt(
                conn, world.ws, attempt_id=next(world.ids), task_id=first.id, actor_id=7, opinion="", problems=problems,
                now=NOW + timedelta(seconds=len(problems[0]["code"])),
            )  # fmt: skip
    with world.database.snapshot() as conn:
        rows = inbox.inbox(conn, world.ws, 7)
        assert inbox.waiting(conn, world.ws, 7) == 2
    assert [row.task for row in rows] == [second, first]
    assert (rows[1].attempt, rows[0].attempt) == ([{"code": "GUARD"}], ())
    assert (rows[0].app_id, rows[0].record_id, rows[0].transition) == (APP_ID, later.record_id, "approve")
    assert (rows[0].node_label, rows[0].started_by) == ({"en": "Boss"}, 3)


def test_decisions_make_a_trail(world: World) -> None:
    made = approval(world)
    vote = Decision(made.id, "n1", 1, 7, "approve", "fine", "h", 8)
    write(world, [made], [], [vote])
    with world.database.snapshot() as conn:
        (row,) = flow.trail(conn, world.maps, world.ws, Ref("order", made.record_id))
    assert (row.user_id, row.on_behalf_of, row.action, row.opinion, row.transition, row.at) == (
        7,
        8,
        "approve",
        "fine",
        "approve",
        NOW,
    )


def test_overdue_tasks_are_everybodys(world: World) -> None:
    made = approval(world)
    late = task(world, made, 7, due_at=NOW)
    write(world, [made], [late, task(world, made, 8, due_at=NOW + timedelta(hours=1))])
    with world.database.snapshot() as conn:
        assert [row.task_id for row in late_tasks.overdue(conn, world.ws, NOW)] == [late.id]


def test_tasks_of_who_has_left_are_found(world: World) -> None:
    made = approval(world)
    left, other = task(world, made, 7), task(world, made, 8)
    write(world, [made], [left, other, task(world, made, 9, status="approved")])
    row = {"ws": world.ws, "created_at": NOW, "name": "x", "password_hash": "x"}
    with world.database.write() as conn:
        for user in (7, 9):
            gone = {"user_id": user, "login": str(user), "status": "disabled"}
            conn.execute(account.insert().values(row | gone))
        conn.execute(account.insert().values(row | {"user_id": 8, "login": "eight"}))
    with world.database.snapshot() as conn:
        assert [row.task_id for row in late_tasks.orphaned(conn, world.ws)] == [left.id]
