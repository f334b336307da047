"""Tickets: opened, settled, handed on, found again and escalated, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from builder.changes import Ticket
from builder.workflow import tickets

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
ANN, BEN, EVE = 1, 2, 3


def ticket(**more: Any) -> Ticket:
    due = more.pop("due_at", NOW + timedelta(hours=8))
    return Ticket(7, "exception", "Late", ANN, NOW, 0, due_at=due, next_at=due, **more)


def level(hours: int, **to: Any) -> dict[str, Any]:
    return {"hours": hours, **({"to": [to]} if to else {})}


def test_a_new_ticket_is_told_its_owner_and_those_named_besides() -> None:
    moved = tickets.opened(ticket(), (BEN, ANN))
    assert moved.told == ((ANN, "NOTICE_TICKET"), (BEN, "NOTICE_TICKET"))
    assert [step.action for step in moved.steps] == ["opened"]


def test_who_opens_one_for_oneself_is_not_told() -> None:
    assert tickets.opened(replace(ticket(), opened_by=ANN), ()).told == ()


def test_closing_needs_a_reason_and_happens_once() -> None:
    assert [p.code for p in tickets.closed(ticket(), ANN, "  ", NOW).problems] == ["TICKET_REASON"]
    done = tickets.closed(ticket(), ANN, " sent ", NOW).ticket
    assert (done.state, done.reason, done.closed_by, done.next_at) == ("closed", "sent", ANN, None)
    assert [p.code for p in tickets.closed(done, ANN, "again", NOW).problems] == ["TICKET_CLOSED"]


def test_whoever_owned_it_hears_when_somebody_else_closes_it() -> None:
    assert tickets.closed(ticket(), BEN, "sent", NOW).told == ((ANN, "NOTICE_TICKET_CLOSED"),)


def test_the_same_exception_refreshes_the_open_ticket_and_tells_nobody() -> None:
    moved = tickets.seen_again(ticket(), replace(ticket(), title="Later", id=8))
    assert (moved.ticket.id, moved.ticket.title, moved.ticket.times, moved.told) == (7, "Later", 2, ())


def test_what_is_looked_for_every_hour_is_found_again_once_a_day() -> None:
    known = ticket()
    times = []
    for hour in range(1, 50):
        known = tickets.seen_again(
            known, replace(ticket(), id=8, opened_at=NOW + timedelta(hours=hour))
        ).ticket
        times.append(known.times)
    assert (times[22], times[23], times[46], times[47]) == (1, 2, 2, 3)
    crossed = replace(ticket(), id=8, source={"ledger": "stock"})
    assert tickets.seen_again(ticket(), crossed).told, "a threshold crossed again the same day is news"


def test_a_closed_one_is_reopened_by_its_rule_with_a_new_deadline() -> None:
    done = tickets.closed(ticket(), ANN, "sent", NOW).ticket
    later = replace(ticket(), due_at=NOW + timedelta(days=3), owner_id=BEN)
    again = tickets.reopened(done, 0, later).ticket
    assert (again.id, again.state, again.owner_id, again.due_at, again.reason) == (
        7,
        "open",
        BEN,
        later.due_at,
        "",
    )


def test_handing_over_goes_to_somebody_else() -> None:
    moved = tickets.handed_over(ticket(), ANN, BEN, "yours")
    assert (moved.ticket.owner_id, moved.told) == (BEN, ((BEN, "NOTICE_TICKET"),))
    assert tickets.handed_over(ticket(), ANN, ANN).problems


def test_at_its_deadline_the_owner_is_reminded_and_later_each_level_takes_over() -> None:
    one = ticket(escalate=(level(4, role="lead"), level(24)))
    assert not tickets.is_due(one, NOW)
    assert tickets.is_due(one, NOW + timedelta(hours=8))
    reminded = tickets.escalated(one, ())
    assert reminded.told == ((ANN, "NOTICE_TICKET_LATE"),)
    assert reminded.ticket.next_at == NOW + timedelta(hours=12)
    first = tickets.escalated(reminded.ticket, (BEN, EVE))
    assert (first.ticket.owner_id, first.ticket.next_at) == (BEN, NOW + timedelta(hours=32))
    assert {user for user, _ in first.told} == {ANN, BEN, EVE}
    second = tickets.escalated(first.ticket, (EVE,))
    assert (second.ticket.owner_id, second.ticket.next_at) == (EVE, None)


def test_a_level_at_the_deadline_takes_over_at_once() -> None:
    moved = tickets.escalated(ticket(escalate=(level(0, role="lead"),)), (BEN,))
    assert (moved.ticket.owner_id, moved.ticket.next_at) == (BEN, None)


def test_where_nobody_is_to_take_over_the_owner_is_reminded_again() -> None:
    late = tickets.escalated(ticket(escalate=(level(1),)), ()).ticket
    moved = tickets.escalated(late, ())
    assert (moved.ticket.owner_id, moved.told) == (ANN, ((ANN, "NOTICE_TICKET_LATE"),))


def test_what_is_gone_closes_by_itself() -> None:
    moved = tickets.gone(ticket(), NOW)
    assert (moved.ticket.state, moved.ticket.closed_by) == ("closed", 0)
    assert [step.action for step in moved.steps] == ["gone"]
