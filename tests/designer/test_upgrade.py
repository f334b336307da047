"""A newer template is offered: what it changed, what the owner changed, what both did; the owner's stays unless they say otherwise."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from builder.designer.edits.change import applied
from builder.metadata.kinds import Nodes
from tests.designer.demo import CSRF, create_app
from tests.designer.memory import MemoryWorkshop

ITEM = ("entity", "item")


def labelled(nodes: Nodes, name: tuple[str, str], zh: str, en: str) -> Nodes:
    return applied(nodes, {name: {**nodes[name], "label": {"zh-CN": zh, "en": en}}})


def installed(offered: dict[str, Nodes]) -> FlaskClient:
    """An owner at the designer, with an app that was made of the general template; ``offered`` is what the catalog has, then and later."""
    client = create_app(MemoryWorkshop(offered)).test_client()
    client.environ_base["HTTP_X_CSRF_TOKEN"] = CSRF
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    client.post("/design/templates/general/install", data={"label_zh": "店", "key": "trade"})
    return client


@pytest.fixture
def aged(templates: dict[str, Nodes]) -> FlaskClient:
    """The general template as an app whose owner renamed items; the template has renamed items and warehouses since."""
    offered = dict(templates)
    client = installed(offered)
    words = {"op": "words", "kind": "entity", "key": "item", "at": "/label", "zh": "我的货", "en": "My goods"}
    client.post("/design/trade/edit", data=words)
    client.post("/design/trade/publish")
    new = labelled(
        labelled(offered["general"], ITEM, "新品", "New item"), ("entity", "warehouse"), "新仓", "New place"
    )
    new = labelled(new, ("scenario", "price_tiers"), "新场景", "New scenario")
    app = {**new["app", "app"], "version": "99.0.0"}
    offered["general"] = {**new, ("app", "app"): app}
    return client


def page(client: FlaskClient, path: str) -> str:
    return client.get(f"/design/trade{path}").get_data(as_text=True)


def test_a_newer_template_is_told_with_what_each_side_changed(aged: FlaskClient) -> None:
    assert "99.0.0" in page(aged, "/")
    text = page(aged, "/upgrade")
    assert 'data-conflict="entity/item"' in text
    assert text.count("data-conflict") == 1
    for word in ("我的货", "新品", "新仓"):
        assert word in text
    # Scenarios are counted; whoever wants to read them opens them.
    before, _, proofs = text.partition("<details")
    assert "随附的业务场景：1 个" in proofs
    assert "新场景" in proofs
    assert "新场景" not in before


def test_what_both_changed_stays_the_owners_unless_they_choose(aged: FlaskClient) -> None:
    assert aged.post("/design/trade/upgrade").status_code == 303
    assert "我的货" in page(aged, "/entity/item")
    assert "新仓" in page(aged, "/entity/warehouse")
    # All of it is one step of the draft.
    aged.post("/design/trade/undo")
    assert "新仓" not in page(aged, "/entity/warehouse")
    aged.post("/design/trade/upgrade", data={"entity/item": "theirs"})
    assert "新品" in page(aged, "/entity/item")
    aged.post("/design/trade/publish")
    assert "data-conflict" not in page(aged, "/upgrade")


def test_an_open_draft_is_settled_first(aged: FlaskClient) -> None:
    words = {"op": "words", "kind": "entity", "key": "item", "at": "/label", "zh": "再改", "en": "Again"}
    aged.post("/design/trade/edit", data=words)
    assert aged.post("/design/trade/upgrade").status_code == 409


def test_a_page_with_an_open_draft_says_so_and_takes_nothing_over(aged: FlaskClient) -> None:
    words = {"op": "words", "kind": "entity", "key": "warehouse", "at": "/label", "zh": "库", "en": "Store"}
    aged.post("/design/trade/edit", data=words)
    answer = aged.get("/design/trade/upgrade")
    assert answer.status_code == 200
    assert 'class="banner"' in answer.get_data(as_text=True)
    assert aged.post("/design/trade/upgrade").status_code == 409


def test_a_choice_is_about_what_both_changed_and_the_rest_comes_along(templates: dict[str, Nodes]) -> None:
    """Both renamed items; the owner added a field to them as well, and the template another one."""
    offered = dict(templates)
    client = installed(offered)
    for at, zh, en in (("/label", "我的货", "My goods"), ("/help", "只说一句", "In one sentence")):
        words = {"op": "words", "kind": "entity", "key": "item", "at": at, "zh": zh, "en": en}
        client.post("/design/trade/edit", data=words)
    client.post("/design/trade/publish")
    new = labelled(offered["general"], ITEM, "新品", "New item")
    field = {
        "uid": "item.origin",
        "key": "origin",
        "type": "text",
        "label": {"zh-CN": "产地", "en": "Origin"},
    }
    item = {**new[ITEM], "fields": [*new[ITEM]["fields"], field]}
    offered["general"] = {
        **new,
        ITEM: item,
        ("app", "app"): {**new["app", "app"], "version": "99.0.0"},
    }
    text = page(client, "/upgrade")
    start = text.index('data-conflict="entity/item"')
    choice = text[start : text.index("</fieldset>", start)]
    rest = text[text.index("</fieldset>", start) :]
    assert all(word in choice for word in ("我的货", "新品"))
    assert not any(word in choice for word in ("产地", "只说一句"))
    assert all(word in rest for word in ("产地", "只说一句"))
    client.post("/design/trade/upgrade", data={"entity/item": "theirs"})
    taken = page(client, "/entity/item")
    assert all(word in taken for word in ("新品", "产地"))
    assert "我的货" not in taken


def test_an_older_template_is_not_offered_as_a_newer_one(templates: dict[str, Nodes]) -> None:
    offered = dict(templates)
    client = installed(offered)
    old = labelled(offered["general"], ITEM, "旧品", "Old item")
    offered["general"] = {**old, ("app", "app"): {**old["app", "app"], "version": "0.9.0"}}
    assert "0.9.0" not in page(client, "/")
    assert "旧品" not in page(client, "/upgrade")
    assert client.post("/design/trade/upgrade").status_code == 409


def test_the_next_upgrade_asks_only_about_what_the_owner_changed(aged: FlaskClient) -> None:
    """Warehouses were renamed by the template twice and by nobody else: the second name comes as the first did. Items stay the owner's."""
    aged.post("/design/trade/upgrade")
    aged.post("/design/trade/publish")
    workshop = aged.application.extensions["workshop"]
    now = workshop.templates()["general"]
    newer = labelled(now, ("entity", "warehouse"), "更新的仓", "Newest place")
    workshop.templates()["general"] = {**newer, ("app", "app"): {**now["app", "app"], "version": "100.0.0"}}
    text = page(aged, "/upgrade")
    assert "data-conflict" not in text
    assert "更新的仓" in text
    aged.post("/design/trade/upgrade")
    assert "更新的仓" in page(aged, "/entity/warehouse")
    assert "我的货" in page(aged, "/entity/item")
