"""Whoever is asked looks at the record through their step, whichever way they look, and changes no more than it lets them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from builder.commands import Publish, SaveDraft
from builder.metadata.kinds import Nodes
from tests.api.caller import Api, Ready, good, paths, refused
from tests.api.papers import PDF, paper_nodes
from tests.api.test_approvals import GOODS, ORDER, act, flow_of, state, task, user
from tests.api.test_submitting import signed_in
from tests.api.test_uploads import uploaded
from tests.runtime.shop import shop_nodes

SECRET = re.compile(r"1,?234\.56")


def sight_nodes() -> Nodes:
    """The shop, in which clerks print and export, orders are printed, and a submitted order stands open in one more state."""
    nodes = shop_nodes()
    roles = nodes["roles", "roles"]["roles"]
    clerk = next(role for role in roles if role["key"] == "clerk")
    clerk["grants"] = [
        {**g, "may": [*g["may"], "print", "export"], "transitions": ["submit"]}
        if g["entity"] == "order"
        else g
        for g in clerk["grants"]
    ]
    lines = "{% for line in record.lines %}<i>{{ line.amount }}</i>{% endfor %}"
    nodes["print", "order"] = {
        "uid": "print.order",
        "key": "order",
        "entity": "order",
        "label": "Order",
        "template": f"<p>{{{{ record.remark }}}} {{{{ record.total }}}}</p>{lines}",
    }
    return nodes


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, str]]:
    """The clerk is asked about an order whose total and lines the step hides, and may change its remark."""
    ready = Ready("sqlite", tmp_path_factory.mktemp("sight"), sight_nodes)
    ready.prepare()
    folder: Path = tmp_path_factory.mktemp("asked")
    with ready.copy(folder) as api:
        flow_of(api, {**user("clerk"), "hidden": ["total", "lines"], "edit": ["remark"]}, user("seller"))
        yield api, ordered(api)


def ordered(api: Api, code: str = "A") -> str:
    goods = api.boss.make(GOODS, {"code": code, "name": code, "price": "1234.56"})["id"]
    api.boss.make(
        "/apps/shop/receipt", {"lines": [{"goods": goods, "quantity": "9"}]}, query_string={"submit": "1"}
    )
    body = {"lines": [{"goods": goods, "quantity": "1"}], "remark": "seen"}
    made: str = api.boss.make(ORDER, body, query_string={"submit": "1"})["id"]
    return made


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (f"{ORDER}/<id>", {}),
        (f"{ORDER}/<id>/history", {}),
        (f"{ORDER}/<id>/approval/preview", {}),
        (ORDER, {}),
        (ORDER, {"fields": "remark,total"}),
        (ORDER, {"filter": json.dumps({"field": "remark", "op": "=", "value": "seen"})}),
        (f"{ORDER}/lookup", {"q": "ORDER"}),
        ("/apps/shop/order_line", {}),
        ("/apps/shop/exports/order", {"format": "csv"}),
        ("/tasks", {}),
        ("/notifications", {}),
        ("/events", {"since": "0.-.0", "watch": "shop/order/<id>@0"}),
    ],
)
def test_no_address_of_the_api_shows_what_the_step_hides(
    asking: tuple[Api, str], path: str, query: Mapping[str, str]
) -> None:
    api, order = asking
    filled = {name: text.replace("<id>", order) for name, text in query.items()}
    answer = api.clerk.get(path.replace("<id>", order), filled)
    assert answer.status_code == 200, answer.text
    assert not SECRET.search(answer.text)
    if path != "/apps/shop/order_line":
        boss = api.boss.get(path.replace("<id>", order), filled)
        assert boss.status_code == 200


@pytest.mark.parametrize("path", ["", "/current", "/print/order", "/..", "/../../board"])
def test_no_page_shows_it(asking: tuple[Api, str], path: str) -> None:
    api, order = asking
    clerk, boss = signed_in(api, "clerk"), signed_in(api, "boss")
    url = {"/..": "/a/shop/order", "/../../board": "/a/shop/board"}.get(path, f"/a/shop/order/{order}{path}")
    assert not SECRET.search(clerk.get(url).get_data(as_text=True))
    if path in {"", "/current", "/print/order", "/.."}:
        assert SECRET.search(boss.get(url).get_data(as_text=True)), url


def test_a_list_shows_the_record_without_it(asking: tuple[Api, str]) -> None:
    api, order = asking
    rows = {row["id"]: row for row in api.clerk.read(ORDER)["items"]}
    assert rows[order]["remark"] == "seen"
    assert not {"total", "lines"} & {key for key, value in rows[order].items() if value}
    assert api.seller.get(f"{ORDER}/{order}").status_code == 404


def test_the_answer_to_a_word_in_between_hides_it(asking: tuple[Api, str]) -> None:
    api, _ = asking
    assert not SECRET.search(act(api.clerk, "comment", opinion="hm").text)


@pytest.mark.parametrize(
    "values",
    [
        {"lines": []},
        {"total": "1.00"},
        {"owner": "me"},
        {"remark": "mine", "lines": []},
        {"state": "approved"},
    ],
)
@pytest.mark.parametrize("action", ["approve", "reject", "return"])
def test_nobody_changes_more_than_the_step_lets_them(
    asking: tuple[Api, str], values: dict[str, Any], action: str
) -> None:
    """Also where their role may change orders: this one was submitted, and is closed to everybody."""
    api, order = asking
    before = api.boss.read(f"{ORDER}/{order}")
    refused(act(api.clerk, action, task(api.clerk), fields=values), 403, "STATE_CLOSED")
    assert api.boss.read(f"{ORDER}/{order}") == before
    assert [one["id"] for one in api.clerk.read("/tasks")["items"]]


def test_what_is_hidden_is_not_written_where_the_state_is_open(api: Api) -> None:
    """A record that is asked about while it may still be edited."""
    workflow = shop_nodes()["workflow", "order"]
    for one in workflow["states"]:
        one["editable"] = one["key"] in {"draft", "submitted"}
    open_flow(api, workflow, {**user("clerk"), "hidden": ["lines", "remark"]})
    order = ordered(api)
    bodies: tuple[dict[str, Any], ...] = ({"remark": "mine"}, {"lines": []})
    for body in bodies:
        problem = refused(api.clerk.patch(f"{ORDER}/{order}", body), 422)
        assert paths(problem) == {(f"/{next(iter(body))}", "FIELD_UNKNOWN")}
        assert paths(refused(api.clerk.post(f"{ORDER}/{order}/preview", body), 422))
        assert paths(refused(act(api.clerk, "approve", fields=body), 422)) == paths(problem)
    assert api.boss.read(f"{ORDER}/{order}")["remark"] == "seen"
    good(act(api.clerk, "approve"))
    assert state(api, order) == "approved"


def open_flow(api: Api, workflow: Mapping[str, Any], node: dict[str, Any]) -> None:
    for transition in workflow["transitions"]:
        if "approval" in transition:
            nodes = [{"uid": "n0", "kind": "approver", "label": "Step", **node}]
            transition["approval"] = {**transition["approval"], "material": [], "nodes": nodes}
    api.world.send(SaveDraft("shop", "workflow", "order", workflow))
    api.world.send(Publish("shop"))


def test_a_file_in_a_field_that_is_hidden_is_not_handed_out(tmp_path: Path) -> None:
    ready = Ready("sqlite", tmp_path, paper_nodes)
    ready.prepare()
    (tmp_path / "copy").mkdir()
    with ready.copy(tmp_path / "copy") as api:
        nodes = paper_nodes()
        open_flow(api, {**nodes["workflow", "order"]}, {**user("seller"), "hidden": ["anything"]})
        goods = api.boss.make(GOODS, {"code": "A", "name": "A", "price": "1234.56"})["id"]
        file = uploaded(api.seller, "anything", PDF, "secret.pdf")
        body = {"lines": [{"goods": goods, "quantity": "1"}], "anything": [file["id"]]}
        api.seller.make(ORDER, body, query_string={"submit": "1"})
        address = f"/apps/shop/files/{file['id']}"
        assert (api.seller.get(address).status_code, api.boss.get(address).status_code) == (404, 200)
        good(act(api.seller, "approve"))
        assert api.seller.get(address).status_code == 200
