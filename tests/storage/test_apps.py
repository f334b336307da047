"""Apps: installed, drafted, published and rolled back; records follow where their fields go."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select

from builder.errors import ConflictError, InvalidError
from builder.metadata.loading import load_trusted
from builder.storage import app_writes, apps, draft_writes
from builder.storage.database import Database
from builder.storage.errors import DuplicateError
from builder.storage.publishing import Version, publish
from builder.storage.slots import SlotMap, load_slots
from builder.storage.tables.apps import app_version
from builder.storage.tables.ledgers import entry
from tests.storage.samples import NOW, record_row

WS, ANNA, BEN = 1, 5, 6
Nodes = dict[tuple[str, str], dict[str, Any]]


def field(key: str, type_: str = "text", **more: Any) -> dict[str, Any]:
    return {"uid": f"thing.{key}", "key": key, "type": type_, "label": key, **more}


def thing(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "uid": "thing",
        "key": "thing",
        "kind": "document",
        "label": "Thing",
        "fields": list(fields),
        **more,
    }


def nodes(*fields: dict[str, Any], **more: Any) -> Nodes:
    app = {"uid": "app", "key": "shop", "label": {"zh-CN": "店", "en": "Shop"}, "version": "1.0.0"}
    return {("app", "app"): app, ("entity", "thing"): thing(*fields, **more)}


class Shop:
    """One app and what is done with it."""

    def __init__(self, database: Database, first: Nodes) -> None:
        self.database = database
        self.app_id = database.new_id()
        with database.write() as conn:
            app_writes.install(
                conn, WS, app_id=self.app_id, key="shop", nodes=first, package=load_trusted(first),
                template_key="t", template_version="1.0.0", author_id=ANNA, now=NOW, cmd=1, new_id=database.new_id,
            )  # fmt: skip

    def publish(
        self, new: Nodes, *, expected: int | None = None, back: int | None = None, lose: bool = True
    ) -> int:
        with self.database.write() as conn:
            wanted = Version(new, load_trusted(new), "n", ANNA, back, lose)
            done = publish(
                conn, WS, self.app_id, wanted, now=NOW, expected=expected, new_id=self.database.new_id
            )
        return done.version

    def save(self, body: dict[str, Any] | None, user: int = ANNA, expected: int | None = None) -> int:
        with self.database.write() as conn:
            before = apps.live_nodes(conn, WS, self.app_id).get(("entity", "thing"))
            return draft_writes.save_draft(
                conn, WS, self.app_id, kind="entity", key="thing", body=body, before=before, expected=expected,
                user_id=user, now=NOW,
            )  # fmt: skip

    def draft(self) -> dict[str, Any] | None:
        with self.database.snapshot() as conn:
            return apps.draft_nodes(conn, WS, self.app_id).get(("entity", "thing"))

    def state(self, user: int = ANNA) -> apps.DraftState:
        with self.database.snapshot() as conn:
            return apps.draft_state(conn, WS, self.app_id, user)

    def row(self) -> apps.AppRow:
        with self.database.snapshot() as conn:
            found = apps.app_by_key(conn, WS, "shop")
        assert found is not None
        return found

    def maps(self) -> SlotMap:
        with self.database.snapshot() as conn:
            live = apps.live_nodes(conn, WS, self.app_id)
            return load_slots(conn, WS, self.app_id, load_trusted(live))

    def fill(self, *rows: dict[str, Any]) -> None:
        """Records, with values by field key as their slots keep them."""
        entity = self.maps().entity("thing")
        with self.database.write() as conn:
            for number, values in enumerate(rows, 1):
                places = {key: entity.places[key] for key in values}
                slots = {str(p.slot): values[k] for k, p in places.items() if p.slot}
                ext = {p.ext_key: values[k] for k, p in places.items() if p.slot is None} or None
                conn.execute(insert(entity.table), record_row(number, entity.entity_id, **slots, ext=ext))

    def values(self, key: str) -> list[Any]:
        entity = self.maps().entity("thing")
        place = entity.places[key]
        with self.database.snapshot() as conn:
            rows = conn.execute(select(entity.table).order_by(entity.table.c.id)).mappings().all()
        return [
            place.loaded(r[place.slot]) if place.slot else place.from_ext((r["ext"] or {}).get(place.ext_key))
            for r in rows
        ]

    def keys(self, slot: str = "u0") -> list[Any]:
        table = self.maps().entity("thing").table
        with self.database.snapshot() as conn:
            return list(conn.execute(select(table.c[slot]).order_by(table.c.id)).scalars())


def test_an_installed_app_is_version_one_with_a_place_for_everything(database: Database) -> None:
    first = nodes(field("name"), field("price", "money"))
    shop = Shop(database, first)
    row = shop.row()
    assert (row.live_version, row.template_key, row.status, row.label) == (
        1,
        "t",
        "active",
        {"zh-CN": "店", "en": "Shop"},
    )
    with database.snapshot() as conn:
        assert apps.version_nodes(conn, WS, row.app_id, 1) == first
        assert [v.version for v in apps.versions(conn, WS, row.app_id)] == [1]
        assert apps.apps(conn, WS) == (row,)
        assert apps.app_by_id(conn, WS, row.app_id) == row
    maps = shop.maps()
    assert {key: place.slot for key, place in maps.entity("thing").places.items()} == {
        "name": "t8",
        "price": "n6",
    }
    assert maps.entity_by_id(maps.entity_id("thing")) == "thing"


def test_definitions_come_back_in_their_order(database: Database) -> None:
    first = nodes(field("name", zebra=1, ant=2))
    shop = Shop(database, first)
    with database.snapshot() as conn:
        kept = apps.version_nodes(conn, WS, shop.app_id, 1)
    assert list(kept[("entity", "thing")]) == list(first[("entity", "thing")])
    assert list(kept[("entity", "thing")]["fields"][0]) == list(first[("entity", "thing")]["fields"][0])


def test_two_apps_share_no_entity_id_and_documents_no_table(database: Database) -> None:
    one = Shop(database, nodes(field("name")))
    two = nodes(field("name"))
    app_id = database.new_id()
    with database.write() as conn:
        app_writes.install(
            conn, WS, app_id=app_id, key="other", nodes=two, package=load_trusted(two), template_key="",
            template_version="", author_id=ANNA, now=NOW, cmd=1, new_id=database.new_id,
        )  # fmt: skip
        other = load_slots(conn, WS, app_id, load_trusted(two)).entity("thing")
    mine = one.maps().entity("thing")
    assert other.entity_id != mine.entity_id
    assert other.member != mine.member


def test_an_app_key_is_taken_once(database: Database) -> None:
    Shop(database, nodes(field("name")))
    with pytest.raises(DuplicateError):
        Shop(database, nodes(field("name")))


def test_publishing_makes_the_next_version_live_and_empties_the_draft(database: Database) -> None:
    shop = Shop(database, nodes(field("name")))
    shop.save(thing(field("name"), field("note")))
    assert shop.publish(nodes(field("name"), field("note")), expected=1) == 2
    row = shop.row()
    assert (row.live_version, row.map_epoch) == (2, 2)
    assert shop.state().nodes == {}
    assert not shop.state().can_undo
    with database.snapshot() as conn:
        assert apps.version_nodes(conn, WS, shop.app_id, 1) == nodes(field("name"))


def test_publishing_what_somebody_else_has_changed_since_is_a_conflict(database: Database) -> None:
    shop = Shop(database, nodes(field("name")))
    shop.save(thing(field("name")), BEN)
    with pytest.raises(ConflictError, match="VERSION_CONFLICT"):
        shop.publish(nodes(field("name")), expected=0)
    assert shop.row().live_version == 1


def test_rolling_back_publishes_older_definitions_and_keeps_the_draft(database: Database) -> None:
    shop = Shop(database, nodes(field("name"), field("note")))
    shop.fill({"name": "a", "note": "kept"})
    shop.publish(nodes(field("name")))
    shop.save(thing(field("name"), field("more")))
    assert shop.publish(nodes(field("name"), field("note")), back=1) == 3
    assert shop.values("note") == ["kept"]
    assert shop.state().nodes == {("entity", "thing"): 1}
    with database.snapshot() as conn:
        assert apps.versions(conn, WS, shop.app_id)[0].rolled_back_from == 1


def test_a_version_never_changes(database: Database) -> None:
    Shop(database, nodes(field("name")))
    with pytest.raises(Exception, match="append-only"), database.write() as conn:
        conn.execute(app_version.update().values(note="x"))


def test_a_draft_lies_over_the_live_version(database: Database) -> None:
    shop = Shop(database, nodes(field("name")))
    assert shop.draft() == thing(field("name"))
    assert shop.save(thing(field("name"), label="New")) == 1
    assert shop.save(None, expected=1) == 2
    assert shop.draft() is None
    state = shop.state(BEN)
    assert (state.version, state.nodes, state.editors) == (2, {("entity", "thing"): 2}, (ANNA,))
    with pytest.raises(ConflictError, match="VERSION_CONFLICT"):
        shop.save(thing(), BEN, expected=1)


def test_edits_are_undone_and_redone_one_by_one(database: Database) -> None:
    shop = Shop(database, nodes(field("name")))
    bodies: list[Any] = [thing(label="1"), None, thing(label="2")]
    for body in bodies:
        shop.save(body)
    seen = [_undo(shop) and shop.draft() for _ in range(3)]
    assert seen == [None, thing(label="1"), thing(field("name"))]
    assert not _undo(shop)
    assert [_undo(shop, redo=True) and shop.draft() for _ in range(3)] == bodies
    assert not _undo(shop, redo=True)


def test_definitions_that_one_edit_changed_are_undone_together_also_after_a_restart(
    database: Database,
) -> None:
    shop = Shop(database, nodes(field("name")))
    other = {"uid": "other", "key": "other", "kind": "master", "label": "O", "fields": []}
    shop.save(thing(label="before"))
    with database.write() as conn:
        for key, body in (("thing", thing(label="after")), ("other", other)):
            draft_writes.save_draft(
                conn, WS, shop.app_id, kind="entity", key=key, body=body, before=None, expected=None, user_id=ANNA,
                now=NOW, step=7,
            )  # fmt: skip
    assert _undo(shop)
    assert shop.draft() == thing(label="before")
    with database.snapshot() as conn:
        assert ("entity", "other") not in apps.draft_nodes(conn, WS, shop.app_id)
    assert _undo(shop, redo=True)
    with database.snapshot() as conn:
        assert ("entity", "other") in apps.draft_nodes(conn, WS, shop.app_id)
    assert shop.draft() == thing(label="after")
    assert _undo(shop)
    assert _undo(shop)
    assert not _undo(shop)


def test_what_was_undone_is_gone_once_something_else_is_done(database: Database) -> None:
    shop = Shop(database, nodes(field("name")))
    shop.save(thing(label="1"))
    _undo(shop)
    assert shop.state().can_redo
    shop.save(thing(label="2"))
    assert not shop.state().can_redo


def test_each_undoes_the_own_edits_and_never_those_of_another(database: Database) -> None:
    shop = Shop(database, nodes(field("name")))
    shop.save(thing(label="anna"))
    assert not _undo(shop, user=BEN)
    shop.save(thing(label="ben"), BEN)
    with pytest.raises(ConflictError, match="EDITED_SINCE"):
        _undo(shop)
    assert shop.draft() == thing(label="ben")


def test_a_discarded_draft_equals_the_live_version(database: Database) -> None:
    shop = Shop(database, nodes(field("name")))
    shop.save(thing(label="1"))
    with database.write() as conn:
        draft_writes.discard(conn, WS, shop.app_id)
    assert shop.draft() == thing(field("name"))
    assert not shop.state().can_undo


def _undo(shop: Shop, *, redo: bool = False, user: int = ANNA) -> bool:
    with shop.database.write() as conn:
        step = draft_writes.redo if redo else draft_writes.undo
        return bool(step(conn, WS, shop.app_id, user, NOW))


def test_a_setting_is_kept_with_what_it_was(database: Database) -> None:
    shop = Shop(database, nodes(field("name")))
    with database.write() as conn:
        for cmd, value in ((7, Decimal("1.50")), (8, True), (9, None)):
            app_writes.change_setting(conn, WS, shop.app_id, "limit", value, cmd)
        assert apps.settings(conn, WS, shop.app_id) == {"limit": None}
        log = apps.setting_log(conn, WS, shop.app_id)
        assert [(row.key, row.version, row.value) for row in log] == [
            ("limit", 3, None),
            ("limit", 2, True),
            ("limit", 1, "1.50"),
        ]
    assert shop.row().setting_epoch == 4


def test_another_scale_takes_every_value_along_exactly(database: Database) -> None:
    shop = Shop(database, nodes(field("price", "decimal", scale=2)))
    shop.fill({"price": 12345}, {"price": None}, {"price": -5})
    shop.publish(nodes(field("price", "decimal", scale=4)))
    assert shop.values("price") == [Decimal("123.4500"), None, Decimal("-0.0500")]
    shop.publish(nodes(field("price", "decimal", scale=1)))
    assert shop.values("price") == [Decimal("123.5"), None, Decimal("-0.1")]


def test_another_type_is_read_through_words_and_what_it_cannot_read_stays_behind(database: Database) -> None:
    shop = Shop(database, nodes(field("size")))
    shop.fill({"size": "12.5"}, {"size": "large"}, {"size": None})
    shop.publish(nodes(field("size", "decimal", scale=2)))
    assert shop.values("size") == [Decimal("12.50"), None, None]
    shop.publish(nodes(field("size")), back=1)
    assert shop.values("size") == ["12.50", "large", None]


def test_a_text_moves_out_of_its_slot_and_back(database: Database) -> None:
    shop = Shop(database, nodes(field("note"), field("rest", "long_text")))
    shop.fill({"note": "a", "rest": "keep"}, {"note": "b", "rest": None})
    shop.publish(nodes(field("note", "long_text"), field("rest", "long_text")))
    assert shop.values("note") == ["a", "b"]
    assert shop.values("rest") == ["keep", None]


def test_a_new_unique_key_is_worked_out_for_records_that_are_there(database: Database) -> None:
    shop = Shop(database, nodes(field("code")))
    shop.fill({"code": "Ａ１"}, {"code": None}, {"code": "b"})
    shop.publish(nodes(field("code", unique=True)))
    assert shop.keys() == ["a1", None, "b"]
    shop.publish(nodes(field("code")))
    assert shop.keys() == [None, None, None]


def test_a_new_unique_key_that_records_break_is_refused_and_nothing_changes(database: Database) -> None:
    shop = Shop(database, nodes(field("code")))
    shop.fill({"code": "a"}, {"code": "A "})
    with pytest.raises(DuplicateError) as caught:
        shop.publish(nodes(field("code", unique=True)))
    assert (caught.value.entity_id, caught.value.slot) == (shop.maps().entity_id("thing"), "u0")
    assert shop.row().live_version == 1


def test_a_key_made_of_other_fields_is_worked_out_anew(database: Database) -> None:
    def keyed(*names: str) -> Nodes:
        key = {"uid": "thing.key", "key": "key", "message": "taken", "unique": list(names)}
        return nodes(field("a"), field("b"), constraints=[key])

    shop = Shop(database, keyed("a"))
    shop.fill({"a": "1", "b": "2"})
    shop.publish(keyed("a", "b"))
    assert shop.keys() == ["1\x1f2"]
    maps = shop.maps()
    assert maps.unique_fields(maps.entity_id("thing"), "u0") == ("a", "b")


def ledger(
    measures: Iterable[tuple[str, int]], dimensions: Iterable[str] = ("item", "place"), grains: Any = None
) -> Nodes:
    made = nodes(field("name"))
    made[("ledger", "stock")] = {
        "uid": "stock", "key": "stock", "label": "Stock",
        "dimensions": [{"uid": f"d.{d}", "key": d, "label": d, "entity": "thing"} for d in dimensions],
        "measures": [{"uid": f"m.{m}", "key": m, "label": m, "scale": scale} for m, scale in measures],
        "grains": grains or [{"uid": "g.item", "key": "item", "dimensions": ["item"]}],
    }  # fmt: skip
    return made


def test_a_ledger_keeps_its_numbers_whatever_comes_and_goes(database: Database) -> None:
    shop = Shop(database, ledger([("qty", 4), ("value", 2)]))
    first = shop.maps().ledger("stock")
    assert (dict(first.dimensions), dict(first.measures), dict(first.grains)) == (
        {"item": 1, "place": 2}, {"qty": 1, "value": 2}, {"item": 1},
    )  # fmt: skip
    shop.publish(ledger([("held", 4), ("value", 2)], ("place", "item", "batch")))
    second = shop.maps().ledger("stock")
    assert second.ledger_id == first.ledger_id
    assert dict(second.dimensions) == {"place": 2, "item": 1, "batch": 3}
    assert dict(second.measures) == {"held": 3, "value": 2}
    shop.publish(ledger([("qty", 4), ("value", 2)]))
    assert dict(shop.maps().ledger("stock").measures) == {"qty": 1, "value": 2}


def test_what_entries_mean_is_not_changed_under_them(database: Database) -> None:
    shop = Shop(database, ledger([("qty", 4)]))
    shop.publish(ledger([("qty", 3)]))
    with database.write() as conn:
        row = {
            "ws": WS,
            "entry_id": 1,
            "journal_id": 1,
            "ledger_id": shop.maps().ledger("stock").ledger_id,
            "line_id": 1,
        }
        conn.execute(insert(entry).values(part=0, kind="normal", seq=1, business_date=NOW.date(), **row))
    with pytest.raises(InvalidError) as caught:
        shop.publish(ledger([("qty", 4)]))
    assert [p.code for p in caught.value.problems] == ["LEDGER_FIXED"]
    other = [{"uid": "g.p", "key": "p", "dimensions": ["place"]}]
    with pytest.raises(InvalidError):
        shop.publish(ledger([("qty", 3)], grains=other))
    finer = [
        {"uid": "g.item", "key": "item", "dimensions": ["item"]},
        {"uid": "g.b", "key": "b", "dimensions": ["item", "place"]},
    ]
    with pytest.raises(InvalidError):
        shop.publish(ledger([("qty", 3)], grains=finer))
    assert shop.publish(ledger([("qty", 3), ("more", 2)], ("item", "place", "batch"))) == 3


def test_a_ledger_that_is_too_wide_is_refused(database: Database) -> None:
    with pytest.raises(InvalidError) as caught:
        Shop(database, ledger([(f"m{n}", 2) for n in range(7)]))
    assert [p.code for p in caught.value.problems] == ["LEDGER_TOO_WIDE"]


def test_small_entities_share_a_table_and_a_full_pool_still_takes_everything(database: Database) -> None:
    made = nodes(field("name"))
    for number in range(70):
        kind = "document" if number % 2 else "master"
        made[("entity", f"e{number}")] = {
            "uid": f"e{number}",
            "key": f"e{number}",
            "kind": kind,
            "label": "E",
            "fields": [],
        }
    shop = Shop(database, made)
    members: dict[int, list[str]] = {}
    for found in shop.maps().entities.values():
        members.setdefault(found.member, []).append(found.key)
    assert sum(len(keys) for keys in members.values()) == 71
    assert sum(1 for keys in members.values() if len(keys) == 1) >= 20
