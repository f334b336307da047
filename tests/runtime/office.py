"""The shop in two branches, for tests of rights: what people of the east may not know carries a canary."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.app import create_app
from builder.commands import Actor, Command, GrantRole, SaveOrgUnit
from builder.errors import BuilderError
from tests.runtime import shop
from tests.runtime.footprint import footprint, written
from tests.runtime.shop import Nodes
from tests.runtime.world import PASSWORD, World

API = "/api/v1/apps/shop"
CANARY = "CANARY"
WEST, SECRET, UNIT, ORDER = (
    f"{CANARY}-{what}" for what in ("WEST-55d0", "SECRET-91c2", "UNIT-7f3a", "ORDER-08be")
)
ID = re.compile(r"\b[0-9a-hjkmnp-tv-z]{13}\b")


def office_nodes() -> Nodes:
    """The shop with a branch and a secret on its goods, and roles that see a part of everything."""
    nodes = shop.shop_nodes()
    goods = nodes["entity", "goods"]
    more = [
        shop._field("goods", "branch", "text"),
        shop._field("goods", "secret", "text", searchable=True),
    ]
    nodes["entity", "goods"] = {**goods, "fields": [*goods["fields"], *more]}
    receipt = nodes["entity", "receipt"]
    nodes["entity", "receipt"] = {
        **receipt,
        "fields": [*receipt["fields"], shop._field("receipt", "secret", "text")],
    }
    nodes["roles", "roles"] = {
        "roles": [
            *nodes["roles", "roles"]["roles"],
            _branch("east"),
            _branch("west"),
            _reader(),
            _corrector(),
        ]
    }
    return nodes


def _grant(role: str, entity: str, *may: str, **more: Any) -> dict[str, Any]:
    return {"uid": f"role.{role}.{entity}", "entity": entity, "may": ["read", *may], **more}


def _branch(key: str) -> dict[str, Any]:
    """Works with the goods of one branch, the receipts of its own unit and its own orders."""
    mine = {"field": "owner", "op": "=", "value": {"actor": "id"}}
    here = {"field": "branch", "op": "=", "value": key}
    every = ("create", "update", "delete", "export", "import")
    return {
        "uid": f"role.{key}",
        "key": key,
        "label": key.title(),
        "grants": [
            _grant(key, "goods", *every, scope=here, hidden=["secret"], read_only=["price"]),
            _grant(key, "receipt", *every, hidden=["secret", "lines.amount"], transitions=["*"]),
            _grant(key, "order", *every, scope=mine, transitions=["submit"]),
        ],
        "ledgers": [{"uid": f"role.{key}.stock", "ledger": "stock", "measures": ["*"]}],
    }


def _reader() -> dict[str, Any]:
    return {
        "uid": "role.reader",
        "key": "reader",
        "label": "Reader",
        "grants": [_grant("reader", "goods"), _grant("reader", "receipt")],
    }


def _corrector() -> dict[str, Any]:
    """Corrects receipts that were approved, and only those."""
    return {
        "uid": "role.corrector",
        "key": "corrector",
        "label": "Corrector",
        "grants": [
            _grant("corrector", "goods"),
            _grant("corrector", "receipt", "update", states=["approved"], transitions=["unapprove"]),
        ],
    }


@dataclass
class Office:
    """``eva`` works in the east, ``west`` in the west, ``seller`` has orders of their own; ids by name."""

    world: World
    boss: Actor
    eva: Actor
    west: Actor
    ids: dict[str, int]

    def show(self, name: str) -> str:
        return self.world.engine.database.show(self.ids[name])

    def client(self, login: str) -> FlaskClient:
        """Signed in over HTTP."""
        made = create_app(self.world.engine).test_client()
        sent = made.post("/api/v1/session", json={"login": login, "password": PASSWORD})
        made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {sent.get_json()['token']}"
        return made


def open_office(world: World, *, hidden: int = 1, secret: str = SECRET) -> Office:
    """With as many hidden records of each kind as ``hidden``."""
    world.install(office_nodes(), "shop")
    for key in ("east", "west"):
        world.send(SaveOrgUnit(key, key.title()))
    boss = world.person("boss", "boss", admin=True)
    eva = world.person("eva", org_unit="east")
    west = world.person("wes", org_unit="west")
    for person, unit in ((eva, "east"), (west, "west")):
        world.send(shop_grant(person, unit, unit))
    office = Office(world, boss, eva, west, {})
    _goods(office, "rice", "east", secret)
    lines = [{"goods": office.show("rice"), "quantity": "10"}]
    office.ids["receipt"] = world.id(
        world.create("receipt", {"lines": lines, "remark": "ours"}, submit=True, actor=eva)
    )
    world.update("receipt", office.ids["receipt"], {"secret": secret})
    office.ids["order"] = world.id(world.create("order", {"lines": lines, "remark": "mine"}, actor=eva))
    for number in range(hidden):
        _hide(office, number)
    return office


def shop_grant(person: Actor, role: str, unit: str | None = None, *, revoke: bool = False) -> Any:
    return GrantRole("shop", person.user_id, role, unit, revoke)


def refused(
    office: Office, actor: Any, command: Command, error: type[BuilderError], *codes: str
) -> BuilderError:
    """The command is refused so, and nothing is written."""
    before = footprint(office.world)
    with pytest.raises(error) as caught:
        office.world.send(command, actor=actor)
    assert written(before, footprint(office.world)) == {}
    if codes:
        assert [p.code for p in caught.value.problems] == list(codes)
    return caught.value


def _goods(office: Office, name: str, branch: str, secret: str) -> None:
    values = {
        "code": name,
        "name": name,
        "branch": branch,
        "secret": secret,
        "price": "2.50",
        "weight": "1.5",
    }
    office.ids[name] = office.world.id(office.world.create("goods", values))


def _hide(office: Office, number: int) -> None:
    """Goods, a receipt and an order that people of the east do not know of."""
    world, last = office.world, f"-{number}" if number else ""
    _goods(office, WEST + last, "west", SECRET)
    office.ids[f"west{last}"] = office.ids[WEST + last]
    lines = [{"goods": office.show(WEST + last), "quantity": "77.77"}]
    receipt = world.create("receipt", {"lines": lines, "remark": UNIT + last}, submit=True, actor=office.west)
    order = world.create("order", {"lines": lines, "remark": ORDER + last}, actor=office.west)
    office.ids[f"hidden receipt{last}"] = world.id(receipt)
    office.ids[f"hidden order{last}"] = world.id(order)
