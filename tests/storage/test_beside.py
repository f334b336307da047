"""What hangs on records: the graph of documents, comments, files; rules that ran and what fires once."""

from __future__ import annotations

import pytest

from builder.changes import Comment, Link, RuleRun
from builder.record import Ref
from builder.storage import comments, files, links, machinery, rule_runs
from builder.storage.database import Database
from builder.storage.errors import RetryError
from tests.storage.world import NOW, World


@pytest.fixture
def world(shared_database: Database) -> World:
    return World(shared_database)


def test_the_graph_is_followed_both_ways_and_never_in_a_circle(world: World) -> None:
    a, b, c, d = (Ref("order", next(world.ids)) for _ in range(4))
    edges = [
        Link(a, b, "ship", "A", "B"),
        Link(b, c, "bill", "B", "C"),
        Link(d, b, "ship", "D", "B"),
        Link(c, a, "back", "C", "A"),
    ]
    with world.database.write() as conn:
        links.append(conn, world.maps, world.ws, edges, cmd=1)
        links.append(conn, world.maps, world.ws, edges, cmd=2)
    with world.database.snapshot() as conn:
        found = links.around(conn, world.maps, world.ws, b)
    assert [(row.other, row.direction, row.kind, row.depth, row.title) for row in found] == [
        (a, "from", "ship", 1, "A"),
        (d, "from", "ship", 1, "D"),
        (c, "from", "back", 2, "C"),
        (c, "to", "bill", 1, "C"),
        (a, "to", "back", 2, "A"),
    ]


def test_comments_come_oldest_first(world: World) -> None:
    ref = Ref("order", next(world.ids))
    said = [Comment(next(world.ids), ref, text, (7,)) for text in ("one", "two")]
    with world.database.write() as conn:
        comments.append(conn, world.maps, world.ws, said, author_id=3, now=NOW)
    with world.database.snapshot() as conn:
        found = comments.of(conn, world.maps, world.ws, ref)
        other = comments.of(conn, world.maps, world.ws, Ref("customer", ref.id))
    assert [(row.body, row.author_id, row.mentions, row.at) for row in found] == [
        ("one", 3, (7,), NOW),
        ("two", 3, (7,), NOW),
    ]
    assert other == ()


def test_a_file_belongs_to_the_first_record_that_takes_it(world: World) -> None:
    ref, other = Ref("order", next(world.ids)), Ref("order", next(world.ids))
    id = next(world.ids)
    with world.database.write() as conn:
        files.add(
            conn,
            world.ws,
            file_id=id,
            name="a.pdf",
            mime="application/pdf",
            size=5,
            sha256="x",
            by_user=7,
            at=NOW,
        )
        assert files.attach(conn, world.maps, world.ws, ref, [id]) == 1
        assert files.attach(conn, world.maps, world.ws, other, [id]) == 0
    with world.database.snapshot() as conn:
        assert [row.name for row in files.of(conn, world.maps, world.ws, ref)] == ["a.pdf"]
        assert files.of(conn, world.maps, world.ws, other) == ()
        assert files.get(conn, world.ws, [id, 1])[id].size == 5
        assert files.hashes(conn, world.ws) == {"x"}


def test_what_fires_once_is_claimed_by_one(world: World) -> None:
    with world.database.write() as conn:
        machinery.fire(conn, world.ws, [("r", 5, "k")], now=NOW)
    with world.database.snapshot() as conn:
        assert machinery.has_fired(conn, world.ws, "r", 5, "k")
        assert not machinery.has_fired(conn, world.ws, "r", 5, "l")
    with pytest.raises(RetryError), world.database.write() as conn:
        machinery.fire(conn, world.ws, [("r", 6, "k"), ("r", 5, "k")], now=NOW)
    with world.database.snapshot() as conn:
        assert not machinery.has_fired(conn, world.ws, "r", 6, "k"), "all or none"


def test_rule_runs_are_kept_in_their_order(world: World) -> None:
    runs = [
        RuleRun("a", "order", 5, "now", {"total": "1.00"}, "done", ({"do": "notify"},)),
        RuleRun("b", "order", 5, "now", {}, "skipped"),
    ]
    cmd = next(world.ids)
    with world.database.write() as conn:
        rule_runs.append(conn, world.ws, world.maps, world.package, runs, app_id=1, cmd=cmd, now=NOW)
    with world.database.snapshot() as conn:
        found = rule_runs.find(conn, world.ws, rule_runs.Wanted(1, cmds=[cmd]))
    assert [(r.rule_uid, r.inputs, r.outcome, list(r.steps)) for r in reversed(found)] == [
        ("a", {"total": "1.00"}, "done", [{"do": "notify"}]),
        ("b", {}, "skipped", []),
    ]
