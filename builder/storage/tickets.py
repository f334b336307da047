"""Tickets as they are kept: written with the command that changed them, listed by whom they concern and by what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, insert, or_, select, update

from builder.changes import Ticket, TicketStep
from builder.storage.errors import RetryError
from builder.storage.slots import SlotMap
from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.tickets import ticket, ticket_step

MOST = 500
Which = Literal["mine", "roles", "overdue", "all"]
Roles = Sequence[tuple[int, Sequence[str]]]
"""Apps, each with the roles that somebody holds there."""
Rows = Sequence[Mapping[str, Any]]
_PLAIN = [
    name
    for name in Ticket.__dataclass_fields__
    if name not in {"id", "entity", "rule", "escalate", "until_gone"}
]


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket with its app and the number of its entity there (0: it is about no record)."""

    app_id: int
    entity_id: int
    ticket: Ticket

    def named(self, maps: SlotMap) -> Ticket:
        """The ticket with the key of its entity; without a record where the app has no such entity any more."""
        key = maps.entity_by_id(self.entity_id) if self.entity_id else None
        return replace(self.ticket, entity=key or "", record_id=self.ticket.record_id if key else 0)


@dataclass(frozen=True, slots=True)
class StepRow:
    """What happened to a ticket, and when."""

    at: datetime
    user_id: int
    action: str
    note: str
    to_user: int


def write(
    conn: Connection,
    maps: SlotMap,
    ws: int,
    app_id: int,
    tickets: Sequence[Ticket],
    steps: Sequence[TicketStep],
    *,
    cmd: int,
    now: datetime,
) -> tuple[Rows, Rows]:
    """Write new tickets and those that changed, and give the rows of both tables. Raises ``RetryError`` where another command was first: then it is decided again."""
    kept = [_row(maps, ws, app_id, one) for one in tickets]
    for one, row in zip(tickets, kept, strict=True):
        if one.version == 1:
            # Only the key of a rule's open ticket can be taken: ids are nobody else's.
            made = insert_or(conn, ticket).values(row).on_conflict_do_nothing().returning(ticket.c.ticket_id)
            done = conn.execute(made).first() is not None
        else:
            own = ticket.c
            same = (own.ws == ws) & (own.ticket_id == one.id) & (own.version == one.version - 1)
            done = conn.execute(update(ticket).where(same).values(row)).rowcount == 1
        if not done:
            raise RetryError
    told = [_step_row(ws, step, number, cmd, now) for number, step in enumerate(steps)]
    if told:
        conn.execute(insert(ticket_step), told)
    return told, kept


def _row(maps: SlotMap, ws: int, app_id: int, one: Ticket) -> dict[str, Any]:
    return {
        "ws": ws,
        "ticket_id": one.id,
        "app_id": app_id,
        "entity_id": maps.entity_id(one.entity) if one.entity else 0,
        "rule_uid": one.rule,
        "escalate": [dict(level) for level in one.escalate],
        "until_gone": int(one.until_gone),
        **{name: getattr(one, name) for name in _PLAIN},
        "source": dict(one.source),
    }


def _step_row(ws: int, step: TicketStep, number: int, cmd: int, now: datetime) -> dict[str, Any]:
    names = ("ticket_id", "user_id", "action", "note", "to_user")
    return {"ws": ws, "cmd": cmd, "step_no": number, "at": now, **{n: getattr(step, n) for n in names}}


def _read(row: Row[Any]) -> TicketRow:
    values = dict(row._mapping)
    return TicketRow(
        values["app_id"],
        values["entity_id"],
        Ticket(
            id=values["ticket_id"],
            rule=values["rule_uid"],
            escalate=tuple(values["escalate"]),
            until_gone=bool(values["until_gone"]),
            **{name: values[name] for name in _PLAIN},
        ),
    )


def _found(
    conn: Connection, where: ColumnElement[bool], *order: Any, limit: int = MOST
) -> tuple[TicketRow, ...]:
    return tuple(
        _read(row) for row in conn.execute(select(ticket).where(where).order_by(*order).limit(limit))
    )


def by_id(conn: Connection, ws: int, id: int) -> TicketRow | None:
    own = ticket.c
    found = _found(conn, (own.ws == ws) & (own.ticket_id == id), own.ticket_id)
    return found[0] if found else None


def of_rule(conn: Connection, ws: int, app_id: int, rule: str, about: str) -> TicketRow | None:
    """The ticket of a rule about the same thing: the open one, else the last that was closed."""
    own = ticket.c
    same = (own.ws == ws) & (own.app_id == app_id) & (own.rule_uid == rule) & (own.about == about)
    open_first = (own.state == "open").desc()
    found = _found(conn, same, open_first, own.ticket_id.desc(), limit=1)
    return found[0] if found else None


def of_record(conn: Connection, ws: int, entity_id: int, record_id: int) -> tuple[TicketRow, ...]:
    """The tickets of a record, open ones first."""
    own = ticket.c
    same = (own.ws == ws) & (own.entity_id == entity_id) & (own.record_id == record_id)
    return _found(conn, same, (own.state == "open").desc(), own.ticket_id.desc(), limit=50)


def steps(conn: Connection, ws: int, id: int) -> tuple[StepRow, ...]:
    """What happened to a ticket, oldest first."""
    own = ticket_step.c
    query = select(own.at, own.user_id, own.action, own.note, own.to_user).where(
        own.ws == ws, own.ticket_id == id
    )
    return tuple(StepRow(*row) for row in conn.execute(query.order_by(own.at, own.cmd, own.step_no)))


def listed(
    conn: Connection,
    ws: int,
    user_id: int,
    which: Which,
    roles: Roles,
    now: datetime,
    *,
    state: str = "open",
    limit: int = MOST,
) -> tuple[TicketRow, ...]:
    """Open tickets by deadline, closed ones the latest first: a person's own, those of a person's roles, those that are late, or all."""
    own = ticket.c
    apps = [app_id for app_id, _ in roles]
    where = (own.ws == ws) & own.app_id.in_(apps) & (own.state == state)
    if which == "mine":
        where &= own.owner_id == user_id
    elif which == "roles":
        where &= _of_roles(roles)
    elif which == "overdue":
        where &= own.due_at < now
    if state == "open":
        return _found(conn, where, own.due_at.is_(None), own.due_at, own.ticket_id, limit=limit)
    return _found(conn, where, own.closed_at.desc(), own.ticket_id.desc(), limit=limit)


def _of_roles(roles: Roles) -> ColumnElement[bool]:
    own = ticket.c
    held = [and_(own.app_id == app_id, own.role.in_(keys)) for app_id, keys in roles if keys]
    return or_(false(), *held)


def waiting(conn: Connection, ws: int, user_id: int) -> int:
    """How many open tickets a person owns."""
    own = ticket.c
    query = select(func.count()).where(own.ws == ws, own.owner_id == user_id, own.state == "open")
    return int(conn.execute(query).scalar_one())


def due(conn: Connection, ws: int, now: datetime, *, limit: int = 200) -> tuple[TicketRow, ...]:
    """Open tickets whose next step has come, the longest due first."""
    own = ticket.c
    late = (own.ws == ws) & (own.state == "open") & (own.next_at <= now)
    return _found(conn, late, own.next_at, own.ticket_id, limit=limit)


def watched(conn: Connection, ws: int, *, after: int = 0, limit: int = MOST) -> tuple[TicketRow, ...]:
    """Open tickets that end by themselves when their reason has gone, page by page."""
    own = ticket.c
    open_ = (own.ws == ws) & (own.state == "open") & (own.until_gone == 1) & (own.ticket_id > after)
    return _found(conn, open_, own.ticket_id, limit=limit)


def put_off(conn: Connection, ws: int, id: int, until: datetime) -> None:
    """Look at a ticket again later: seeing to it was refused."""
    conn.execute(update(ticket).where(ticket.c.ws == ws, ticket.c.ticket_id == id).values(next_at=until))


def app_of(conn: Connection, ws: int, id: int) -> int | None:
    """The app that a ticket belongs to."""
    query = select(ticket.c.app_id).where(ticket.c.ws == ws, ticket.c.ticket_id == id)
    return conn.execute(query).scalar_one_or_none()


def late_records(conn: Connection, ws: int, entity_id: int, now: datetime) -> frozenset[int]:
    """The records of an entity with an open ticket that is past its deadline."""
    own = ticket.c
    late = (own.ws == ws) & (own.entity_id == entity_id) & (own.state == "open") & (own.due_at < now)
    return frozenset(conn.execute(select(own.record_id).where(late)).scalars())
