"""The menu holds what its reader may open: import for who may bring records in, health for who may see what a check looks at."""

from __future__ import annotations

import pytest

from tests.runtime.pages.test_admin import signed_in
from tests.runtime.shop import Nodes, shop_nodes
from tests.runtime.world import World

IMPORT, HEALTH = 'href="/a/shop/import"', 'href="/a/shop/health"'


def care_nodes(*, in_menu: bool) -> Nodes:
    """A shop with a check over goods, its pages in the app's own menu or not; a clerk brings receipts in, a guest only reads orders."""
    nodes = shop_nodes()
    check = {
        "uid": "health.codes",
        "key": "codes",
        "label": "Codes",
        "help": "Same code",
        "kind": "duplicates",
    }
    nodes["health", "codes"] = {**check, "entity": "goods", "fields": ["code"]}
    roles = [dict(role) for role in nodes["roles", "roles"]["roles"]]
    grants = [{"uid": "role.clerk.in", "entity": "receipt", "may": ["read", "create", "import"]}]
    goods = {"uid": "role.clerk.items", "entity": "goods", "may": ["read"]}
    guest = [{"uid": "role.guest.order", "entity": "order", "may": ["read", "create"]}]
    kept = [role for role in roles if role["key"] == "boss"]
    nodes["roles", "roles"] = {
        "roles": [
            *kept,
            {"uid": "role.clerk", "key": "clerk", "label": "Clerk", "grants": [*grants, goods]},
            {"uid": "role.guest", "key": "guest", "label": "Guest", "grants": guest},
        ]
    }
    items = [{"uid": f"menu.{page}", "page": page, "label": page} for page in ("health", "import")]
    menu = [{"uid": "menu.care", "label": "Care", "items": items}] if in_menu else []
    nodes["app", "app"] = {**nodes["app", "app"], "menu": menu}
    return nodes


@pytest.mark.parametrize(
    ("role", "may_import", "may_look"), [("boss", True, True), ("clerk", True, True), ("guest", False, False)]
)
def test_the_app_s_menu_leaves_out_what_its_reader_may_not_open(
    empty: World, role: str, may_import: bool, may_look: bool
) -> None:
    empty.install(care_nodes(in_menu=True), "shop")
    empty.person("ann", role)
    text = signed_in(empty, "ann").get("/a/shop/order" if role == "guest" else "/a/shop/goods").text
    assert (IMPORT in text, HEALTH in text) == (may_import, may_look)


def test_without_an_own_menu_they_stand_with_the_settings(empty: World) -> None:
    empty.install(care_nodes(in_menu=False), "shop")
    for login, role in (("ann", "boss"), ("bob", "clerk")):
        empty.person(login, role)
        text = signed_in(empty, login).get("/a/shop/goods").text
        assert (IMPORT in text, HEALTH in text) == ((True, True) if role == "boss" else (False, False))


@pytest.mark.parametrize(("role", "is_there"), [("boss", True), ("guest", False)])
def test_a_report_on_what_its_reader_may_not_read_is_not_in_the_menu(
    empty: World, role: str, is_there: bool
) -> None:
    nodes = care_nodes(in_menu=False)
    columns = [{"uid": "report.received.id", "field": "number", "group": True}]
    nodes["report", "received"] = {
        "uid": "report.received",
        "key": "received",
        "label": "Received",
        "source": "records",
        "entity": "receipt",
        "columns": columns,
    }
    items = [{"uid": "menu.received", "report": "received"}]
    menu = [{"uid": "menu.care", "label": "Care", "items": items}]
    nodes["app", "app"] = {**nodes["app", "app"], "menu": menu}
    guest = next(r for r in nodes["roles", "roles"]["roles"] if r["key"] == "guest")
    guest["reports"] = ["*"]
    empty.install(nodes, "shop")
    empty.person("ann", role)
    assert (
        'href="/a/shop/reports/received"' in signed_in(empty, "ann").get("/a/shop/order").text
    ) == is_there
