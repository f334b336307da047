"""Trying: a rule or a whole draft on one record shows what would happen, and nothing does. On both databases."""

from __future__ import annotations

from typing import Any

import pytest

from builder.errors import NotFoundError
from builder.metadata.loading import load_trusted
from builder.metadata.package import Package
from builder.runtime.trying.trial import RuleTrial, try_deed, try_rule
from tests.runtime.test_parity import parity_nodes
from tests.runtime.untouched import contents
from tests.runtime.world import World


@pytest.fixture
def office(empty: World) -> World:
    empty.install(parity_nodes(), "shop")
    return empty


def draft(**changes: dict[str, Any]) -> Package:
    """The app with rules that say something else."""
    nodes = parity_nodes()
    for key, body in changes.items():
        nodes["rule", key] = {**nodes.get(("rule", key), {}), **body}
    return load_trusted(nodes)


def tried(world: World, package: Package, rule: str, id: int) -> RuleTrial:
    with world.reading() as ctx:
        return try_rule(ctx, package, rule, id)


def test_a_rule_says_whether_it_would_match_and_what_it_saw(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "chairs"}))
    body = {"if": "subject == 'chairs' and urgency == 'high'"}
    found = tried(office, draft(rush=body), "rush", id)
    assert found.ruled.applies is False
    assert [(p.source, p.holds, dict(p.values)) for p in found.parts] == [
        ("subject == 'chairs'", True, {"subject": "chairs"}),
        ("urgency == 'high'", False, {"urgency": None}),
    ]


def test_a_rule_says_what_it_would_set(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "chairs"}))
    found = tried(office, draft(rush={"if": "subject == 'chairs'"}), "rush", id)
    assert found.ruled.applies is True
    assert found.happened
    [run] = found.ruled.runs
    assert run.steps[0]["values"] == {"urgency": "high"}


def test_a_rule_says_which_records_it_would_make_and_what_they_lead_to(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "chairs"}))
    with office.reading() as ctx:
        before = len(ctx.reader.find("task"))
    found = tried(office, draft(), "made", id)
    made = [c.record for c in found.effects.changes if c.before is None]
    assert [(r.entity, r.get("what"), r.get("by")) for r in made] == [("task", "chairs", "made")]
    with office.reading() as ctx:
        assert len(ctx.reader.find("task")) == before


def test_a_rule_for_later_is_tried_at_once(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "chairs"}))
    found = tried(office, draft(), "made_after", id)
    assert [c.record.get("by") for c in found.effects.changes] == ["made later"]


def test_what_has_not_happened_yet_is_tried_as_if_it_came_next(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "open"}))
    found = tried(office, draft(), "closed", id)
    assert not found.happened
    assert [p.code for p in found.ruled.problems] == ["RULE_REFUSED"]
    assert [p.code for p in found.effects.refused] == ["RULE_REFUSED"]


def test_a_condition_that_cannot_be_judged_says_so(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "chairs"}))
    found = tried(office, draft(rush={"if": "subject > 3"}), "rush", id)
    assert found.ruled.applies is None
    assert [p.code for p in found.ruled.problems] == ["RULE_FAILED"]
    assert [p.holds for p in found.parts] == [None]


def test_a_rule_that_is_switched_off_can_be_tried(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "rush"}))
    assert tried(office, draft(rush={"enabled": False}), "rush", id).ruled.applies is True


def test_a_record_that_is_not_there_cannot_be_tried_on(office: World) -> None:
    with pytest.raises(NotFoundError):
        tried(office, draft(), "rush", 12345)
    with pytest.raises(NotFoundError):
        tried(office, draft(), "no_such_rule", 12345)


def test_a_whole_draft_is_compared_with_the_live_version(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "chairs"}))
    package = draft(rush={"if": "subject == 'chairs'"})
    with office.reading() as ctx:
        found = try_deed(ctx, package, "request", id, "create")
    made = [c.record.get("urgency") for c in found.draft.changes if c.record.entity == "request"]
    then = [c.record.get("urgency") for c in found.live.changes if c.record.entity == "request"]
    assert (then, made) == ([None], ["high"])


def test_a_whole_draft_says_what_it_would_refuse(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "chairs"}))
    package = draft(closed={"if": "subject == 'chairs'"})
    with office.reading() as ctx:
        found = try_deed(ctx, package, "request", id, "approve")
    assert found.live.refused == ()
    assert [p.code for p in found.draft.refused] == ["RULE_REFUSED"]


def test_trying_touches_nothing(office: World) -> None:
    id = office.id(office.create("request", {"code": "R1", "subject": "rush"}))
    before = contents(office.engine.database)
    for key in ("rush", "made", "made_after", "told", "closed", "approved"):
        tried(office, draft(), key, id)
    with office.reading() as ctx:
        for deed in ("create", "save", "approve"):
            try_deed(ctx, draft(), "request", id, deed)
    assert contents(office.engine.database) == before
