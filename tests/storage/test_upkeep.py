"""Upkeep: entities that grow get a table of their own, and the background keeps the database in shape."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, insert, select, update

from builder.storage import commands
from builder.storage.chains import add_anchor, broken_links
from builder.storage.database import Database
from builder.storage.growing import grow
from builder.storage.tables.apps import pool_member
from builder.storage.tables.machinery import anchor, chain, idempotency
from builder.storage.tables.pool import member_table
from builder.storage.upkeep import Upkeep
from tests.storage.samples import NOW, record_row
from tests.storage.test_apps import Shop, field, nodes
from tests.storage.test_commands import ACTOR


def masters(database: Database) -> Shop:
    """An app whose entities share a table."""
    made = nodes(field("name"), kind="master")
    made[("entity", "other")] = {"uid": "other", "key": "other", "kind": "master", "label": "O", "fields": []}
    return Shop(database, made)


def test_an_entity_that_has_grown_moves_with_all_its_records(database: Database) -> None:
    shop = masters(database)
    before = shop.maps()
    shared, other = before.entity("thing"), before.entity("other")
    assert shared.member == other.member
    shop.fill(*({"name": f"n{n}"} for n in range(10)))
    with database.write() as conn:
        conn.execute(insert(other.table), record_row(1000, other.entity_id))
    assert grow(database, at_least=11) == 0
    assert grow(database, at_least=10) == 1
    assert grow(database, at_least=10) == 0
    after = shop.maps()
    assert after.entity("thing").member != other.member
    assert after.entity("other").member == other.member
    assert after.entity("thing").places == before.entity("thing").places
    assert shop.values("name") == [f"n{n}" for n in range(10)]
    assert shop.row().map_epoch == 2
    with database.snapshot() as conn:
        assert list(conn.execute(select(member_table(other.member).c.id)).scalars()) == [1000]


def test_without_a_free_member_everything_stays(database: Database) -> None:
    shop = masters(database)
    shop.fill({"name": "a"})
    with database.write() as conn:
        conn.execute(update(pool_member).where(pool_member.c.kind == "free").values(kind="own"))
    assert grow(database, at_least=1) == 0
    assert shop.values("name") == ["a"]


def test_upkeep_may_run_at_any_time(database: Database) -> None:
    masters(database)
    with database.write() as conn:
        commands.claim(conn, 1, 5, "Create", "old", "h", NOW - timedelta(days=30))
        commands.claim(conn, 1, 5, "Create", "new", "h", NOW)
    upkeep = Upkeep(database)
    for minutes in (0, 10, 70):
        upkeep.run(1, NOW + timedelta(minutes=minutes))
    with database.snapshot() as conn:
        assert list(conn.execute(select(idempotency.c.key)).scalars()) == ["new"]
        assert conn.execute(select(func.count()).select_from(anchor)).scalar() == 2


def test_the_planner_is_told_when_enough_has_happened(database: Database) -> None:
    if database.dialect != "sqlite":
        return
    masters(database).fill({"name": "a"})
    with database.write() as conn:
        conn.execute(insert(chain).values(ws=1, chain_no=0, seq=2_500, head=b""))
    with database.snapshot() as reading:
        reading.execute(select(func.count()).select_from(anchor))
        upkeep = Upkeep(database)
        upkeep.run(1, NOW)
        assert upkeep.analyzed_at == 2_500
        reading.execute(select(func.count()).select_from(anchor))
    with database.snapshot() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM sqlite_stat1 WHERE tbl LIKE 'rec_%'").scalar()


def test_a_log_made_anew_behind_an_anchor_is_found(database: Database) -> None:
    with database.write() as conn:
        commands.log(conn, 1, cmd=1, at=NOW, actor=ACTOR, kind="Create", content=["a"])
        digest = add_anchor(conn, 1, NOW)
    assert len(digest) == 64
    with database.write() as conn:
        if database.dialect == "sqlite":
            conn.exec_driver_sql("DROP TRIGGER command_log_no_delete")
        else:
            conn.exec_driver_sql("ALTER TABLE command_log DISABLE TRIGGER ALL")
        conn.exec_driver_sql("DELETE FROM command_log")
        conn.execute(update(chain).values(seq=0, head=b""))
        commands.log(conn, 1, cmd=1, at=NOW, actor=ACTOR, kind="Create", content=["forged"])
    with database.snapshot() as conn:
        assert [link.code for link in broken_links(conn, 1)] == ["ANCHOR_DIFFERS"]
