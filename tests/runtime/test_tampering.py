"""Tampering: whatever is changed, removed or added by SQL after the heads were exported is found, and the row is named. Both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Table, delete, exists, insert, select, text, update

from builder.cli import main
from builder.commands import ActOnTicket, OpenTicket
from builder.runtime import anchoring
from builder.runtime.relay import Relay
from builder.runtime.verifying import verify_all
from builder.storage import chains
from builder.storage import tickets as stored_tickets
from builder.storage.commands import CHAINS, link_hash
from builder.storage.tables import ledgers as t
from builder.storage.tables.machinery import anchor, chain, command_log, outbox
from builder.storage.tables.records import history
from builder.storage.tables.tickets import ticket, ticket_step
from tests.runtime.test_races import all_at_once, goods, name, received
from tests.runtime.world import WS, World


@pytest.fixture
def posted(shop: World) -> World:
    """Goods that came in."""
    item = shop.id(shop.create("goods", {"code": "A", "name": "Tea"}))
    lines = {"lines": [{"goods": shop.engine.database.show(item), "quantity": "5"}]}
    shop.create("receipt", lines, submit=True)
    shop.create("receipt", lines, submit=True)
    return shop


def unlock(conn: Any) -> None:
    """Stop the triggers that keep these tables append-only."""
    if conn.dialect.name == "sqlite":
        triggers = conn.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for trigger in triggers:
            if "search" not in trigger:
                conn.execute(text(f'DROP TRIGGER "{trigger}"'))
        return
    for table in ("entry", "journal", "history", "command_log"):
        conn.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def tamper(world: World, *statements: Any) -> None:
    """What somebody does who has the database, and stops its triggers first."""
    with world.engine.database.write() as conn:
        unlock(conn)
        for statement in statements:
            conn.execute(statement)


def found(world: World, kept: Any = None) -> list[str]:
    return list(verify_all(world.engine, against=kept).findings)


def first(world: World, table: Table) -> Any:
    with world.engine.database.snapshot() as conn:
        return conn.execute(select(table)).first()


def test_an_honest_log_leads_to_its_heads_and_goes_on(posted: World) -> None:
    kept = anchoring.heads_now(posted.engine)
    assert found(posted, kept) == []
    posted.create("goods", {"code": "B", "name": "Cup"})
    assert found(posted, kept) == []


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (t.entry, {"m1": 1}),
        (t.entry, {"reason": "not so"}),
        (t.journal, {"posting_uid": "other"}),
        (history, {"changes": [{"field": "state", "before": None, "after": "approved"}]}),
    ],
    ids=["entry", "entry reason", "journal", "history"],
)
def test_a_changed_row_is_named(posted: World, table: Table, values: Any) -> None:
    row = first(posted, table)
    key = [column == row._mapping[column.name] for column in table.primary_key]
    tamper(posted, update(table).where(*key).values(values))
    said = [line for line in found(posted) if f"CONTENT_CHANGED {table.name}" in line]
    assert len(said) == 1
    assert "CreateRecord" in said[0]


@pytest.mark.parametrize("table", [t.entry, t.journal, history], ids=lambda x: x.name)
def test_a_removed_row_is_named(posted: World, table: Table) -> None:
    row = first(posted, table)
    key = [column == row._mapping[column.name] for column in table.primary_key]
    tamper(posted, delete(table).where(*key))
    assert any(f"CONTENT_CHANGED {table.name}" in line for line in found(posted))


def test_an_added_row_is_named(posted: World) -> None:
    row = dict(first(posted, t.entry)._mapping)
    tamper(posted, insert(t.entry).values({**row, "entry_id": row["entry_id"] + 1, "part": 99}))
    assert any("CONTENT_CHANGED entry" in line for line in found(posted))
    row = dict(first(posted, t.journal)._mapping)
    tamper(posted, insert(t.journal).values({**row, "journal_id": 5, "cmd": 5, "posting_rev": 99}))
    assert any("COMMAND_UNKNOWN journal" in line for line in found(posted))


def test_a_changed_or_removed_command_is_named(posted: World) -> None:
    row = first(posted, command_log)
    own = command_log.c.cmd == row.cmd
    tamper(posted, update(command_log).where(own).values(actor_id=77))
    assert any(
        f"LINK_CHANGED command_log (chain {row.chain_no}, link {row.chain_seq}" in x for x in found(posted)
    )
    tamper(posted, delete(command_log).where(own))
    assert found(posted)


def test_a_log_made_anew_is_found_by_the_exported_heads_alone(posted: World) -> None:
    kept = anchoring.heads_now(posted.engine)
    row = dict(first(posted, command_log)._mapping)
    own = (command_log.c.chain_no == row["chain_no"], command_log.c.chain_seq >= row["chain_seq"])
    head = row["prev_hash"]
    with posted.engine.database.write() as conn:
        unlock(conn)
        links = conn.execute(select(command_log).where(*own).order_by(command_log.c.chain_seq)).all()
        for link in links:
            forged = {**link._mapping, "actor_id": 77, "prev_hash": head}
            head = link_hash(forged)
            at = command_log.c.cmd == link.cmd
            conn.execute(
                update(command_log).where(at).values(actor_id=77, prev_hash=forged["prev_hash"], hash=head)
            )
        conn.execute(update(chain).where(chain.c.chain_no == row["chain_no"]).values(head=head))
    assert found(posted) == []
    said = found(posted, kept)
    assert len(said) == 1
    assert f"ANCHOR_DIFFERS command_log (chain {row['chain_no']}," in said[0]


def test_a_file_that_was_changed_is_no_proof(posted: World) -> None:
    kept = {**anchoring.heads_now(posted.engine), "at": "2020-01-01T00:00:00+00:00"}
    assert any("HEAD_FILE" in line for line in found(posted, kept))


def test_heads_taken_while_others_write_hold(yard: World) -> None:
    items = goods(yard, 4)
    kept: list[Any] = []

    def write(item: int) -> Any:
        def work() -> None:
            for _ in range(4):
                received(yard, (item, 1))

        return work

    def take() -> None:
        kept.extend(anchoring.heads_now(yard.engine) for _ in range(6))

    all_at_once([*(write(item) for item in items), take])
    assert name("x")
    for heads in kept:
        assert not [line for line in found(yard, heads) if "exported" in line or "CONTENT" in line]


def heads_sent(world: World) -> list[Any]:
    own = (outbox.c.ws == 1, outbox.c.kind == "event")
    with world.engine.database.snapshot() as conn:
        bodies = conn.execute(select(outbox.c.body).where(*own).order_by(outbox.c.message_id)).scalars().all()
    return [body for body in bodies if body["topic"] == anchoring.TOPIC]


def test_heads_are_queued_once_an_hour_for_whatever_carries_them_outside(
    posted: World, tmp_path: Path
) -> None:
    begun = anchoring.keep(posted.engine)
    posted.create("goods", {"code": "C", "name": "Pot"})
    begun.unlink()  # Another process has files of its own.
    anchoring.keep(posted.engine)
    assert len(heads_sent(posted)) == 1
    posted.clock.advance(timedelta(hours=1))
    anchoring.keep(posted.engine)
    first, second = heads_sent(posted)
    assert first["anchor"]["heads"] != second["anchor"]["heads"]
    assert found(posted, first["anchor"]) == found(posted, second["anchor"]) == []
    carried = tmp_path / "message.json"
    carried.write_bytes(orjson.dumps(first))
    assert anchoring.read_file(carried) == first["anchor"]
    Relay(posted.engine).drain()
    tamper(posted, update(command_log).values(request_id="other"))
    assert any("LINK_CHANGED" in line for line in found(posted, first["anchor"]))


MUTANTS: dict[str, tuple[Any, str | tuple[str, ...]]] = {
    "entry": (update(t.entry).values(m1=t.entry.c.m1 + 1), "CONTENT_CHANGED entry"),
    "journal": (update(t.journal).values(posting_rev=t.journal.c.posting_rev + 9), "CONTENT_CHANGED journal"),
    "balance": (
        update(t.balance).where(t.balance.c.m1 > 0).values(m1=t.balance.c.m1 + 1),
        "balance BALANCE (",
    ),
    "day": (update(t.daily).values(in1=t.daily.c.in1 + 1), "daily DAY ("),
    "history": (update(history).values(changes=[{"field": "x"}]), "CONTENT_CHANGED history"),
    "command": (update(command_log).values(kind="Other"), "LINK_CHANGED command_log"),
    "link removed": (delete(command_log), "LINK_MISSING command_log"),
    # Whoever writes after that goes on from the wrong number, so that one is missing instead.
    "head": (
        update(chain).values(seq=chain.c.seq + 1),
        ("HEAD_DIFFERS command_log", "LINK_MISSING command_log"),
    ),
    "anchor": (update(anchor).values(heads={"0": [1, "00"]}), "ANCHOR_DIFFERS command_log"),
}
"""What is done to one row of each table, and how it is named."""


@pytest.mark.parametrize("what", MUTANTS)
def test_one_row_changed_while_others_write_is_named(posted: World, what: str) -> None:
    anchoring.keep(posted.engine)
    with posted.engine.database.write() as conn:
        chains.add_anchor(conn, 1, posted.clock.now())
    for _ in range(2 * CHAINS):
        posted.create("goods", {"code": name("C"), "name": "Cup"})
    statement, said = MUTANTS[what]
    table = statement.table
    row = _victim(posted, table, statement)
    one = statement.where(*(column == row[column.name] for column in table.primary_key))
    items = goods(posted, 3)

    def write(item: int) -> Any:
        def three() -> None:
            for _ in range(3):
                received(posted, (item, 1))

        return three

    def change() -> None:
        with posted.engine.database.write() as conn:
            conn.execute(one)

    # Stopping triggers locks whole tables one by one, which would wait for writers that wait for it.
    with posted.engine.database.write() as conn:
        unlock(conn)
    all_at_once([*(write(item) for item in items), change])
    names = (said,) if isinstance(said, str) else said
    assert any(name in line for line in found(posted) for name in names)


def _victim(world: World, table: Table, statement: Any) -> Any:
    """The first row that the statement speaks of; of links one with others behind it."""
    query = select(table).order_by(*table.primary_key)
    for condition in statement._where_criteria:
        query = query.where(condition)
    if table is command_log:
        again = table.alias()
        later = exists().where(again.c.chain_no == table.c.chain_no, again.c.chain_seq > table.c.chain_seq)
        query = query.where(later)
    with world.engine.database.snapshot() as conn:
        return dict(conn.execute(query.limit(1)).one()._mapping)


def test_a_row_that_is_off_is_named_as_people_name_it(posted: World) -> None:
    tamper(posted, update(t.balance).where(t.balance.c.m1 > 0).values(m1=t.balance.c.m1 + 1))
    assert any("balance BALANCE" in line and "Tea (" in line for line in found(posted))


def test_an_hourly_file_and_the_command_line(posted: World, tmp_path: Path, capsys: Any) -> None:
    path = anchoring.keep(posted.engine)
    before = path.read_bytes()
    posted.create("goods", {"code": "C", "name": "Pot"})
    assert anchoring.keep(posted.engine).read_bytes() == before
    head = tmp_path / "head.json"
    database = ["--database", posted.engine.settings.database]
    assert main(["anchor", "export", str(head), *database]) == 0
    assert main(["verify", "--against", str(head), *database]) == 0
    tamper(posted, update(t.entry).values(m1=t.entry.c.m1 + 1))
    assert main(["verify", "--against", str(head), *database]) == 1
    assert "CONTENT_CHANGED entry" in capsys.readouterr().out


@pytest.fixture
def asked(posted: World) -> World:
    """Somebody has something to see to, and handed it over; another one is closed."""
    ann, ben = posted.person("ann", "clerk"), posted.person("ben", "clerk")
    for title in ("one", "two"):
        id = posted.id(posted.send(OpenTicket("shop", title, owner=ann.user_id, due_days=3)))
        posted.send(ActOnTicket(id, "hand_over", "please", ben.user_id))
    posted.send(ActOnTicket(id, "close", "done"))
    return posted


def test_honest_tickets_are_no_finding(asked: World) -> None:
    assert found(asked) == []
    # When the clock looks next is no deed of anybody.
    with asked.engine.database.write() as conn:
        stored_tickets.put_off(
            conn, WS, first(asked, ticket).ticket_id, asked.clock.now() + timedelta(days=9)
        )
    assert found(asked) == []


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (ticket, {"owner_id": 77}),
        (ticket, {"reason": "never mind"}),
        (ticket, {"due_at": None}),
        (ticket, {"title": "another"}),
        (ticket, {"version": 99}),
        (ticket_step, {"note": "not so"}),
        (ticket_step, {"user_id": 77}),
        (ticket_step, {"at": datetime(2020, 1, 1, tzinfo=UTC)}),
    ],
    ids=lambda value: value.name if isinstance(value, Table) else next(iter(value)),
)
def test_a_changed_ticket_is_named(asked: World, table: Table, values: Any) -> None:
    row = first(asked, table)
    key = [column == row._mapping[column.name] for column in table.primary_key]
    tamper(asked, update(table).where(*key).values(values))
    said = [line for line in found(asked) if f"CONTENT_CHANGED {table.name} " in line]
    assert len(said) == 1
    assert "Ticket" in said[0]


def test_a_removed_ticket_and_a_removed_step_are_named(asked: World) -> None:
    row = first(asked, ticket)
    tamper(asked, delete(ticket).where(ticket.c.ticket_id == row.ticket_id))
    assert any(
        "CONTENT_CHANGED ticket (chain" in line and str(row.ticket_id) in line for line in found(asked)
    )
    tamper(asked, delete(ticket_step).where(ticket_step.c.ticket_id != row.ticket_id))
    assert any("CONTENT_CHANGED ticket_step" in line for line in found(asked))


def test_a_ticket_that_is_put_back_to_what_it_was_is_named(asked: World) -> None:
    """The last one was closed: the row of before, whole as it was, is not the one that its last command left."""
    with asked.engine.database.snapshot() as conn:
        row = conn.execute(select(ticket).where(ticket.c.state == "closed")).one()
    before = {"state": "open", "closed_at": None, "closed_by": 0, "reason": "", "version": row.version - 1}
    tamper(asked, update(ticket).where(ticket.c.ticket_id == row.ticket_id).values(before))
    assert [line for line in found(asked) if "CONTENT_CHANGED ticket " in line and "ActOnTicket" in line]


def test_an_added_ticket_and_an_added_step_are_named(asked: World) -> None:
    row, step = dict(first(asked, ticket)._mapping), dict(first(asked, ticket_step)._mapping)
    tamper(asked, insert(ticket).values({**row, "ticket_id": 5}))
    assert any("COMMAND_UNKNOWN ticket (" in line for line in found(asked))
    tamper(asked, insert(ticket_step).values({**step, "step_no": 9}))
    assert any("CONTENT_CHANGED ticket_step" in line for line in found(asked))
    posting = first(asked, t.journal).cmd
    tamper(asked, insert(ticket_step).values({**step, "cmd": posting}))
    assert any("CONTENT_CHANGED ticket_step" in line and str(posting) in line for line in found(asked))
    tamper(asked, insert(ticket_step).values({**step, "cmd": 5}))
    assert any("COMMAND_UNKNOWN ticket_step" in line for line in found(asked))
