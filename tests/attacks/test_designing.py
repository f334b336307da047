"""The right to design is not the right to everything."""

from __future__ import annotations

from typing import Any

import pytest

from builder.commands import Actor, Publish, RollBack, SaveDraft
from builder.designer.edits.change import parts_of
from builder.errors import ForbiddenError, NotFoundError
from tests.attacks.test_closed_ways import shop  # noqa: F401
from tests.runtime.world import World


def with_drafter(*rights: str) -> dict[str, Any]:
    """A role that designs and whatever else is wanted."""
    return {"uid": "role.drafter", "key": "drafter", "label": "Drafter", "app": ["design", *rights]}


def put(world: World, actor: Actor | None, *rights: str) -> None:
    with world.reading() as ctx:
        roles = ctx.app.package.nodes["roles", "roles"]["roles"]
    others = [role for role in roles if role["key"] != "drafter"]
    world.send(SaveDraft("shop", "roles", "roles", {"roles": [*others, with_drafter(*rights)]}), actor=actor)
    world.send(Publish("shop"), actor=actor)


def test_a_designer_gives_no_role_a_right_that_they_lack(shop: World) -> None:  # noqa: F811
    put(shop, None, "backup")
    put(shop, None)
    drafter = shop.person("drafter", "drafter")
    for right in ("people", "settings", "backup", "close_period"):
        with pytest.raises(ForbiddenError):
            put(shop, drafter, right)
    with pytest.raises(ForbiddenError):
        shop.send(RollBack("shop", 2), actor=drafter)
    put(shop, drafter)


def granted(world: World, actor: Actor | None, *grants: dict[str, Any], **more: Any) -> None:
    with world.reading() as ctx:
        roles = ctx.app.package.nodes["roles", "roles"]["roles"]
    mine = {**with_drafter(), "grants": [{"uid": f"drafter.{g['entity']}", **g} for g in grants], **more}
    others = [role for role in roles if role["key"] != "drafter"]
    world.send(SaveDraft("shop", "roles", "roles", {"roles": [*others, mine]}), actor=actor)
    world.send(Publish("shop"), actor=actor)


def test_a_designer_gives_no_role_data_that_they_do_not_see(shop: World) -> None:  # noqa: F811
    with shop.reading() as ctx:
        field = next(f.key for f in ctx.app.package.entities[0].fields)
        entity, other = ctx.app.package.entities[0].key, ctx.app.package.entities[1].key
    granted(shop, None, {"entity": entity, "may": ["read"], "hidden": [field]})
    drafter = shop.person("drafter.data", "drafter")
    wider: list[tuple[tuple[dict[str, Any], ...], dict[str, Any]]] = [
        (({"entity": entity, "may": ["read"]},), {}),
        (({"entity": entity, "may": ["read", "export"], "hidden": [field]},), {}),
        (({"entity": entity, "may": ["read"], "hidden": [field]}, {"entity": other, "may": ["read"]}), {}),
        ((), {"all_entities": True}),
        ((), {"overrides": ["anything"]}),
    ]
    for grants, more in wider:
        with pytest.raises(ForbiddenError) as caught:
            granted(shop, drafter, *grants, **more)
        assert {p.code for p in caught.value.problems} == {"RIGHT_LACKED"}
    # What they have they may keep and give; an administrator may give everything.
    granted(shop, drafter, {"entity": entity, "may": ["read"], "hidden": [field]})
    granted(shop, None, {"entity": entity, "may": ["read"]})


def test_a_designer_whose_sight_is_limited_takes_no_limit_away(shop: World) -> None:  # noqa: F811
    with shop.reading() as ctx:
        entity = ctx.app.package.entities[0].key
    limited = {
        "entity": entity,
        "may": ["read"],
        "scope": {"field": "owner", "op": "=", "value": {"actor": "id"}},
    }
    granted(shop, None, limited)
    drafter = shop.person("drafter.limited", "drafter")
    with pytest.raises(ForbiddenError):
        granted(shop, drafter, {"entity": entity, "may": ["read"]})
    granted(shop, drafter, limited)


def test_a_pointer_that_leads_nowhere_for_ever_is_not_followed() -> None:
    with pytest.raises(NotFoundError):
        parts_of("/a" * 3000)
    assert parts_of("/" + "9" * 5000) == ("9" * 5000,)
