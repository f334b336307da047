"""Fields of big entities move while people work: nobody reads a half-moved field, and nothing that is written meanwhile is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest

from builder.commands import Publish, RollBack, SaveDraft
from builder.errors import ConflictError, InvalidError
from builder.runtime import field_moves, jobs
from builder.storage import apps as stored
from builder.storage import jobs as job_rows
from builder.storage import preparing
from builder.storage.database import Database
from builder.storage.preparing import MoveRow
from builder.storage.slots import EntityMap
from tests.runtime.world import WS, World

MANY = 30


def field(key: str, type_: str = "text", **more: Any) -> dict[str, Any]:
    return {"uid": f"thing.{key}", "key": key, "type": type_, "label": key, **more}


def thing(*fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "uid": "thing", "key": "thing", "kind": "master", "label": "Thing", "title": "name",
        "fields": [field("name"), *fields],
    }  # fmt: skip


def nodes(*fields: dict[str, Any]) -> dict[tuple[str, str], Any]:
    app = {"uid": "app", "key": "box", "label": {"zh-CN": "盒", "en": "Box"}, "version": "1.0.0"}
    return {("app", "app"): app, ("entity", "thing"): thing(*fields)}


@pytest.fixture
def box(empty: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Thirty things with a size in words; that counts as many here."""
    monkeypatch.setattr(preparing, "SMALL", 10)
    settings = replace(empty.engine.settings, move_batch=7, move_pause=0)
    world = replace(empty, engine=replace(empty.engine, settings=settings))
    world.install(nodes(field("size")), "box")
    for number in range(MANY):
        world.create("thing", {"name": f"n{number}", "size": f"{number}.5"})
    return world


def publish(world: World, *fields: dict[str, Any], **options: Any) -> Mapping[str, Any]:
    world.send(SaveDraft("box", "entity", "thing", thing(*fields)))
    return world.send(Publish("box", **options))


def size_as_number(world: World, **options: Any) -> Mapping[str, Any]:
    return publish(world, field("size", "decimal", scale=2), **options)


def live(world: World) -> int:
    with world.engine.database.snapshot() as conn:
        row = stored.app_by_key(conn, WS, "box")
    assert row is not None
    return row.live_version


def move(world: World) -> MoveRow:
    with world.engine.database.snapshot() as conn:
        row = stored.app_by_key(conn, WS, "box")
        assert row is not None
        found = preparing.move_of(conn, WS, row.app_id)
    assert found is not None
    return found


def ids(world: World) -> dict[str, int]:
    with world.reading() as ctx:
        return {str(r.values["name"]): r.id for r in ctx.reader.find("thing", None, limit=1000)}


def sizes(world: World) -> dict[str, Any]:
    with world.reading() as ctx:
        return {str(r.values["name"]): r.values["size"] for r in ctx.reader.find("thing", None, limit=1000)}


def places(world: World) -> EntityMap:
    with world.reading() as ctx:
        return ctx.app.maps.entity("thing")


def finish(world: World) -> None:
    while jobs.run_step(world.engine, WS):
        pass


def test_a_version_that_reads_a_field_otherwise_waits_for_its_records(box: World) -> None:
    answer = size_as_number(box)
    assert (answer["version"], answer["moving"], answer["live"]) == (2, True, False)
    assert live(box) == 1
    assert sizes(box)["n3"] == "3.5"
    jobs.run_step(box.engine, WS)
    assert live(box) == 1
    finish(box)
    assert live(box) == 2
    assert sizes(box) == {f"n{n}": Decimal(f"{n}.50") for n in range(MANY)}
    assert move(box).state == "done"
    assert places(box).shadows == {}


def test_what_people_write_meanwhile_arrives_in_both_places(box: World) -> None:
    size_as_number(box)
    jobs.run_step(box.engine, WS)
    known = ids(box)
    box.update("thing", known["n0"], {"size": "100"})
    box.update("thing", known["n29"], {"size": None})
    box.create("thing", {"name": "new", "size": "7.25"})
    assert sizes(box)["new"] == "7.25"
    finish(box)
    after = sizes(box)
    assert (after["n0"], after["n29"], after["new"]) == (Decimal("100.00"), None, Decimal("7.25"))


def test_writers_that_never_rest_lose_nothing(box: World) -> None:
    size_as_number(box)
    known = sorted(ids(box).items())
    failed: list[Exception] = []

    def work(mine: list[tuple[str, int]], turn: int) -> None:
        try:
            for number in range(6):
                for name, id in mine:
                    box.update("thing", id, {"size": f"{int(name[1:])}{turn}{number}.25"})
        except Exception as error:  # noqa: BLE001 - whatever a writer met is told by the test
            failed.append(error)

    writers = [Thread(target=work, args=(known[turn::2], turn + 1)) for turn in range(2)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        for _ in range(3):
            if live(box) == 1:
                jobs.run_step(box.engine, WS)
        for writer in writers:
            writer.join(0.01)
    finish(box)
    assert failed == []
    assert live(box) == 2
    turns = {name: 1 + place % 2 for place, (name, _) in enumerate(known)}
    assert sizes(box) == {name: Decimal(f"{int(name[1:])}{turns[name]}5.25") for name, _ in known}


def test_a_worker_that_dies_is_followed_by_another_that_goes_on(box: World) -> None:
    size_as_number(box)
    jobs.run_step(box.engine, WS)
    with box.engine.database.write(job=True) as conn:
        now = box.engine.clock.now()
        taken = job_rows.claim(conn, WS, now=now, lease_until=now + timedelta(minutes=5))
    assert taken is not None
    assert taken.progress == {"done": 7, "total": MANY, "version": 2}
    # The batch that it had written before it died is written once more.
    field_moves.run_move(box.engine, taken, box.actor)
    assert not jobs.run_step(box.engine, WS)
    box.later(minutes=6)
    other = box.other_process()
    try:
        finish(other)
    finally:
        other.engine.database.close()
    assert live(box) == 2
    assert sizes(box)["n29"] == Decimal("29.50")


def test_a_move_whose_job_has_failed_is_begun_again(box: World) -> None:
    size_as_number(box)
    first = move(box).job_id
    with box.engine.database.write() as conn:
        job_rows.cancel(conn, WS, first)
    assert field_moves.resume_moves(box.engine, WS) == 1
    assert field_moves.resume_moves(box.engine, WS) == 0
    assert move(box).job_id != first
    finish(box)
    assert live(box) == 2


def test_values_that_cannot_be_read_are_told_before(box: World) -> None:
    box.update("thing", ids(box)["n3"], {"size": "large"})
    with pytest.raises(InvalidError) as caught:
        size_as_number(box)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("VALUES_UNREADABLE", "entities/thing.json#/fields/1")
    assert (problem.params["count"], problem.params["some"]) == (1, "large")
    assert live(box) == 1
    box.send(Publish("box", lose=True))
    finish(box)
    assert live(box) == 2
    assert sizes(box)["n3"] is None
    box.send(RollBack("box", 1))
    finish(box)
    assert (live(box), sizes(box)["n3"], sizes(box)["n4"]) == (3, "large", "4.50")


def test_values_that_come_up_while_records_move_stop_the_version(box: World) -> None:
    size_as_number(box)
    box.update("thing", ids(box)["n3"], {"size": "large"})
    finish(box)
    assert live(box) == 1
    assert (move(box).state, move(box).problems[0]["params"]["some"]) == ("stopped", "large")
    assert sizes(box)["n3"] == "large"
    with box.engine.database.snapshot() as conn:
        row = stored.app_by_key(conn, WS, "box")
        assert row is not None
        assert stored.draft_state(conn, WS, row.app_id).nodes != {}
    box.update("thing", ids(box)["n3"], {"size": "3"})
    box.send(Publish("box"))
    finish(box)
    assert (live(box), sizes(box)["n3"]) == (2, Decimal("3.00"))


def test_nothing_is_published_over_a_move_and_it_can_be_stopped(box: World) -> None:
    size_as_number(box)
    with pytest.raises(ConflictError, match="MOVE_RUNNING"):
        publish(box, field("size"), field("more"))
    jobs.run_step(box.engine, WS)
    assert box.send(RollBack("box", 1))["version"] == 1
    assert (live(box), move(box).state, places(box).shadows) == (1, "stopped", {})
    finish(box)
    assert (live(box), sizes(box)["n3"]) == (1, "3.5")


def test_going_back_over_a_move_finds_what_was_there(box: World) -> None:
    size_as_number(box)
    finish(box)
    box.update("thing", ids(box)["n3"], {"size": "9"})
    answer = box.send(RollBack("box", 1))
    assert (answer["version"], answer["live"], live(box)) == (3, False, 2)
    finish(box)
    assert (live(box), sizes(box)["n3"], sizes(box)["n4"]) == (3, "9.00", "4.50")


def test_a_field_that_only_gets_an_index_is_live_at_once(box: World) -> None:
    before = places(box).places["size"].slot
    answer = publish(box, field("size", indexed=True))
    assert (answer["version"], answer["live"], live(box)) == (2, True, 2)
    assert places(box).places["size"].slot == before
    box.update("thing", ids(box)["n3"], {"size": "x"})
    finish(box)
    assert places(box).places["size"].slot != before
    assert (sizes(box)["n3"], sizes(box)["n4"]) == ("x", "4.5")


def test_a_text_becomes_a_choice_by_its_words_and_a_list_goes_to_another(box: World) -> None:
    options = [{"uid": f"o{n}", "key": f"k{n}", "label": f"{n}.5"} for n in range(MANY)]
    publish(box, field("size", "choice", options=options))
    finish(box)
    assert sizes(box)["n3"] == "k3"
    box.send(RollBack("box", 1))
    finish(box)
    assert sizes(box)["n3"] == "3.5"


def test_a_draft_that_was_edited_meanwhile_keeps_the_new_edits(box: World) -> None:
    size_as_number(box)
    box.send(SaveDraft("box", "entity", "thing", thing(field("size", "decimal", scale=2), field("later"))))
    finish(box)
    with box.engine.database.snapshot() as conn:
        row = stored.app_by_key(conn, WS, "box")
        assert row is not None
        assert row.live_version == 2
        kept = stored.draft_nodes(conn, WS, row.app_id)[("entity", "thing")]
        assert [f["key"] for f in kept["fields"]] == ["name", "size", "later"]


def test_a_database_of_the_first_revision_gets_what_moves_need(empty: World) -> None:
    assert isinstance(empty.engine.database, Database)
    assert empty.engine.database.revision == "0006"
