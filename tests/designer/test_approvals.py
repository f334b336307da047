"""Making approvals by picking: every kind of step, every source of people, what is allowed; and trying the path beside it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from builder.designer.edits import approvals, flows
from builder.designer.edits.change import applied, complete, value_at
from builder.designer.judging import Judged
from builder.designer.ports import Foreseen
from builder.errors import InvalidError
from builder.metadata.kinds import Nodes
from tests.designer.memory import JUDGE, MemoryWorkshop

NAME = ("workflow", "sales_order")
PAGE = "/design/trade/workflow/sales_order"


def parts(nodes: Nodes) -> tuple[str | int, ...]:
    """Where the steps of the approval are."""
    moves = nodes[NAME]["transitions"]
    return ("transitions", next(i for i, t in enumerate(moves) if t.get("approval")), "approval", "nodes")


@pytest.fixture
def nodes(general: Judged) -> Nodes:
    return general.nodes


def done(nodes: Nodes, changes: object) -> Nodes:
    return applied(nodes, complete(nodes, changes))  # type: ignore[arg-type]


def wrong(nodes: Nodes) -> set[str]:
    return {p.code for p in JUDGE(nodes).errors}


@pytest.mark.parametrize("kind", approvals.WORDS)
def test_a_new_step_of_each_kind_works_at_once_or_says_what_it_lacks(nodes: Nodes, kind: str) -> None:
    at = parts(nodes)
    changes, pointer = approvals.insert_node(nodes, NAME, at, 0, kind=kind)
    made = done(nodes, changes)
    assert value_at(made[NAME], (*at, 0))["kind"] == kind
    assert pointer.endswith("/nodes/0")
    lacks = {"auto": {"E131"}, "flow": {"E134"}}
    assert wrong(made) <= lacks.get(kind, set())


def test_a_part_goes_through_another_approval(nodes: Nodes) -> None:
    at = parts(nodes)
    moves = nodes[NAME]["transitions"]
    other = next(i for i, t in enumerate(moves) if not t.get("approval") and i != at[1])
    changes, _ = flows.add_approval(nodes, NAME, ("transitions", other), role="boss")
    nodes = done(nodes, changes)
    changes, _ = approvals.insert_node(nodes, NAME, at, None, kind="flow")
    made = done(nodes, changes)
    assert value_at(made[NAME], at)[-1]["flow"] == moves[other]["key"]


def test_there_is_no_step_of_another_kind(nodes: Nodes) -> None:
    with pytest.raises(InvalidError):
        approvals.insert_node(nodes, NAME, parts(nodes), 0, kind="magic")


@pytest.mark.parametrize("source", approvals.SOURCES)
def test_people_from_each_source(nodes: Nodes, source: str) -> None:
    at = (*parts(nodes), 0, "approvers")
    made = done(nodes, approvals.add_approver(nodes, NAME, at, source, ["boss"]))
    added = value_at(made[NAME], at)[-1]
    assert approvals.source_of(added) == source
    back = done(made, approvals.set_source(made, NAME, (*at, 0), source, ["boss"]))
    assert approvals.source_of(value_at(back[NAME], (*at, 0))) == source


def test_branches_come_before_the_else_and_copies_have_names_of_their_own(nodes: Nodes) -> None:
    at = parts(nodes)
    nodes = done(nodes, approvals.insert_node(nodes, NAME, at, 0, kind="condition")[0])
    changes, pointer = approvals.add_branch(nodes, NAME, (*at, 0))
    nodes = done(nodes, changes)
    assert pointer.endswith("/branches/1")
    assert not value_at(nodes[NAME], (*at, 0, "branches"))[-1].get("when")
    nodes = done(nodes, approvals.copy_node(nodes, NAME, (*at, 0))[0])
    first, second = value_at(nodes[NAME], at)[:2]
    assert first["uid"] != second["uid"]
    assert not {b["uid"] for b in first["branches"]} & {b["uid"] for b in second["branches"]}
    nodes = done(nodes, approvals.insert_node(nodes, NAME, at, 0, kind="parallel")[0])
    _, pointer = approvals.add_branch(nodes, NAME, (*at, 0))
    assert pointer.endswith("/branches/2")
    assert wrong(nodes) == set()


def test_what_is_not_allowed_is_forbidden(nodes: Nodes) -> None:
    step = (*parts(nodes), 0)
    made = done(nodes, approvals.set_allowed(nodes, NAME, step, ["reject", "comment"]))
    assert value_at(made[NAME], step)["forbids"] == ["return", "transfer", "add_signer", "cc"]
    again = done(made, approvals.set_allowed(made, NAME, step, approvals.ACTIONS))
    assert "forbids" not in value_at(again[NAME], step)


def edit(client: FlaskClient, op: str, at: str, **more: str) -> str:
    """Makes one edit of the workflow and follows to the page."""
    asked = {"op": op, "kind": NAME[0], "key": NAME[1], "at": at, "back": PAGE, **more}
    answer = client.post("/design/trade/edit", data=asked, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("kind", approvals.WORDS)
def test_each_kind_of_step_has_a_panel_in_words(
    client: FlaskClient, trade: str, general: Judged, kind: str
) -> None:
    at = "/" + "/".join(map(str, parts(general.nodes)))
    text = edit(client, "approval.insert", at, index="0", what=kind)
    told = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", text, flags=re.S)
    assert not re.search(r"\bd\.[a-z]", told)
    assert "due_" not in told
    for source in approvals.SOURCES if kind == "approver" else ():
        text = edit(
            client, "approver.add", f"{at}/0/approvers", source=source, login="boss", back=f"{PAGE}?at={at}/0"
        )
        assert not re.search(r">\s*d\.[a-z]", text)


def test_the_path_is_shown_beside_the_approval(
    client: FlaskClient, trade: str, workshop: MemoryWorkshop, general: Judged
) -> None:
    move = general.nodes[NAME]["transitions"][parts(general.nodes)[1]]
    step = move["approval"]["nodes"][0]["branches"][-1]["nodes"][0]
    workshop.foreseen = (Foreseen(step["uid"], "approver", {"zh-CN": "老板审批", "en": "Boss"}, ("林老板",)),)
    asked = {"try": move["key"], "record": "1", "by": "boss", "v.total": "60000", "v.nothing": ""}
    text = client.get(PAGE, query_string=asked).get_data(as_text=True)
    assert "林老板" in text
    assert "on-path" in text
    trial = workshop.trials[-1]
    assert (trial.workflow, trial.transition, trial.record, trial.by) == (
        "sales_order",
        move["key"],
        "1",
        "boss",
    )
    assert trial.values == {"total": "60000"}
    workshop.foreseen = None
    assert "不需要审批" in client.get(PAGE, query_string=asked).get_data(as_text=True)
    # An edit goes back to the page that tries: what is shown stays live.
    answer = client.post(
        "/design/trade/edit",
        data={
            "op": "approval.insert",
            "kind": NAME[0],
            "key": NAME[1],
            "at": f"/transitions/{parts(general.nodes)[1]}/approval/nodes",
            "what": "cc",
            "back": f"{PAGE}?try={move['key']}",
        },
    )
    assert f"try={move['key']}" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("kind", "offered", "not_offered"),
    [("auto", "order_late", "tell_finance"), ("flow", "approve", "reject")],
)
def test_a_step_offers_only_what_it_may_run(
    client: FlaskClient, trade: str, general: Judged, kind: str, offered: str, not_offered: str
) -> None:
    """Rules about the records of the flow, and moves that somebody decides about."""
    at = "/" + "/".join(map(str, parts(general.nodes)))
    text = edit(client, "approval.insert", at, index="0", what=kind, back=f"{PAGE}?at={at}/0")
    panel = text[text.index('class="how"') :]
    assert f'value="{offered}"' in panel
    assert f'value="{not_offered}"' not in panel
