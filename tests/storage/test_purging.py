"""Purging: what a roll-back may still need stays; everything else is emptied and free for other fields."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from builder.storage.database import Database
from builder.storage.purging import purge
from builder.storage.slot_writes import slot_rows
from tests.storage.samples import NOW
from tests.storage.test_apps import WS, Nodes, Shop, field, nodes

KEEP = timedelta(days=90)


def states(shop: Shop) -> dict[str, str]:
    with shop.database.snapshot() as conn:
        rows = slot_rows(conn, WS, shop.maps().entity_id("thing"))
    return {row.slot: row.state for row in rows if not row.slot.startswith("u")}


def column(shop: Shop, name: str) -> list[Any]:
    table = shop.maps().entity("thing").table
    with shop.database.snapshot() as conn:
        return list(conn.execute(select(table.c[name]).order_by(table.c.id)).scalars())


def test_a_place_stays_while_a_version_that_may_come_back_needs_it(database: Database) -> None:
    with_note, without = nodes(field("name"), field("note")), nodes(field("name"))
    shop = Shop(database, with_note)
    shop.fill({"name": "a", "note": "kept"}, {"name": "b", "note": "too"})
    shop.publish(without)
    years_later = NOW + timedelta(days=900)
    # One step back is always whole.
    assert purge(database, WS, years_later, KEEP) == 0
    shop.publish(nodes(field("name", label="Name")))
    assert purge(database, WS, NOW + timedelta(days=89), KEEP) == 0
    assert column(shop, "t9") == ["kept", "too"]
    assert purge(database, WS, years_later, KEEP, batch=1) == 1
    assert states(shop) == {"t8": "live"}
    assert column(shop, "t9") == [None, None]
    shop.publish(nodes(field("name"), field("other")))
    assert states(shop) == {"t8": "live", "t9": "live"}


def test_what_lies_in_no_slot_is_purged_too(database: Database) -> None:
    def made(*more: dict[str, Any]) -> Nodes:
        return nodes(field("name"), field("rest", "long_text"), *more)

    shop = Shop(database, made(field("tags", "tags"), field("note", "long_text")))
    shop.fill({"rest": "stays", "tags": ["x"], "note": "goes"})
    shop.publish(made())
    shop.publish(made())
    assert purge(database, WS, NOW + timedelta(days=900), KEEP) == 2
    assert shop.values("rest") == ["stays"]
    assert [len(ext) for ext in column(shop, "ext")] == [1]


def test_an_old_place_of_a_field_that_lives_on_in_the_same_form_is_free_at_once(database: Database) -> None:
    shop = Shop(database, nodes(field("code")))
    shop.fill({"code": "a"})
    shop.publish(nodes(field("code", indexed=True)))
    assert states(shop) == {"t0": "live", "t8": "retired"}
    assert purge(database, WS, NOW, KEEP) == 1
    assert (states(shop), shop.values("code")) == ({"t0": "live"}, ["a"])
    shop.publish(nodes(field("code")), back=1)
    assert shop.values("code") == ["a"]
