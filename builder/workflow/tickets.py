"""Tickets: what opening, acting on and time come to. Pure: a ticket in, the next one and its steps out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from builder.changes import Ticket, TicketStep
from builder.errors import Problem

SYSTEM = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """A ticket after something happened, what is kept of that, and whom it is told: pairs of a person and a code."""

    ticket: Ticket
    steps: tuple[TicketStep, ...] = ()
    told: tuple[tuple[int, str], ...] = ()
    problems: tuple[Problem, ...] = ()


def opened(ticket: Ticket, told: Sequence[int]) -> Moved:
    """A new ticket: its owner and those named besides hear of it."""
    step = TicketStep(ticket.id, ticket.opened_by, "opened", to_user=ticket.owner_id)
    people = dict.fromkeys((ticket.owner_id, *told))
    people.pop(ticket.opened_by or -1, None)
    return Moved(ticket, (step,), _tell(people, "NOTICE_TICKET"))


def seen_again(known: Ticket, found: Ticket) -> Moved:
    """The same exception once more while its ticket is open: words and source are brought up to date, nobody is told twice. But a threshold
    is only crossed again after it had recovered, and that is news. A rule that looks every hour finds the same at most once a day."""
    told_it = (known.title, known.body) == (found.title, found.body) and not found.source.get("ledger")
    if told_it and (found.opened_at - known.opened_at).days < known.times:
        return Moved(known)
    fresh = replace(known, title=found.title, body=found.body, source=found.source, times=known.times + 1)
    told = ((known.owner_id, "NOTICE_TICKET_AGAIN"),) if found.source.get("ledger") else ()
    return Moved(fresh, (TicketStep(known.id, found.opened_by, "again"),), told)


def reopened(known: Ticket, user: int, found: Ticket | None = None, told: Sequence[int] = ()) -> Moved:
    """A closed ticket goes on: by a person as it was, by its rule with the words, the owner and the deadline of now."""
    ticket = replace(known, state="open", closed_at=None, closed_by=0, reason="", level=0, next_at=None)
    if found is not None:
        names = ("title", "body", "source", "due_at", "next_at", "escalate", "owner_id", "until_gone")
        ticket = replace(ticket, **{name: getattr(found, name) for name in names}, times=known.times + 1)
    people = dict.fromkeys((ticket.owner_id, *told))
    people.pop(user or -1, None)
    step = TicketStep(known.id, user, "reopened", to_user=ticket.owner_id)
    return Moved(ticket, (step,), _tell(people, "NOTICE_TICKET"))


def closed(known: Ticket, user: int, reason: str, now: datetime) -> Moved:
    """It is over; why is said. Whoever opened it and whoever owned it hear of it from somebody else."""
    if known.state != "open":
        return _refused(known, "TICKET_CLOSED")
    if not reason.strip():
        return _refused(known, "TICKET_REASON", "/reason")
    ticket = replace(
        known, state="closed", closed_at=now, closed_by=user, reason=reason.strip(), next_at=None
    )
    people = dict.fromkeys((known.owner_id, known.opened_by))
    people.pop(user, None)
    people.pop(SYSTEM, None)
    return Moved(
        ticket, (TicketStep(known.id, user, "closed", reason.strip()),), _tell(people, "NOTICE_TICKET_CLOSED")
    )


def gone(known: Ticket, now: datetime) -> Moved:
    """What it was opened for holds no longer: it ends by itself, and its owner hears that."""
    ticket = replace(known, state="closed", closed_at=now, closed_by=SYSTEM, reason="", next_at=None)
    return Moved(ticket, (TicketStep(known.id, SYSTEM, "gone"),), ((known.owner_id, "NOTICE_TICKET_GONE"),))


def handed_over(known: Ticket, user: int, to_user: int, note: str = "") -> Moved:
    """Somebody else owns it from now on."""
    if known.state != "open":
        return _refused(known, "TICKET_CLOSED")
    if to_user == known.owner_id:
        return _refused(known, "TICKET_SAME_OWNER", "/to_user")
    step = TicketStep(known.id, user, "handed_over", note.strip(), to_user)
    told = () if to_user == user else ((to_user, "NOTICE_TICKET"),)
    return Moved(replace(known, owner_id=to_user), (step,), told)


def commented(known: Ticket, user: int, words: str) -> Moved:
    """Something said about it; its owner hears it from somebody else."""
    if not words.strip():
        return _refused(known, "TICKET_REASON", "/reason")
    step = TicketStep(known.id, user, "comment", words.strip())
    told = () if user == known.owner_id else ((known.owner_id, "NOTICE_TICKET_COMMENT"),)
    return Moved(known, (step,), told)


def is_due(known: Ticket, now: datetime) -> bool:
    """Whether the clock owes the ticket something."""
    return known.state == "open" and known.next_at is not None and known.next_at <= now


def escalated(known: Ticket, people: Sequence[int]) -> Moved:
    """The step that has come: at the deadline its owner is reminded, after that the next level takes over. ``people`` are those of that level,
    the first becomes the owner; where nobody is, the owner is reminded again."""
    stage = stage_of(known)
    after = replace(known, level=known.level + 1)
    after = replace(after, next_at=_next(after))
    if stage is None or not people or people[0] == known.owner_id:
        step = TicketStep(known.id, SYSTEM, "late")
        return Moved(after, (step,), ((known.owner_id, "NOTICE_TICKET_LATE"),))
    step = TicketStep(known.id, SYSTEM, "escalated", to_user=people[0])
    told = _tell(dict.fromkeys((*people, known.owner_id)), "NOTICE_TICKET_ESCALATED")
    return Moved(replace(after, owner_id=people[0]), (step,), told)


def stage_of(known: Ticket) -> int | None:
    """The place in ``escalate`` of the step that is next; None where it is the reminder at the deadline."""
    at = known.level - 1 if _reminds(known) else known.level
    return at if 0 <= at < len(known.escalate) else None


def _reminds(known: Ticket) -> bool:
    """At the deadline itself the owner is reminded, unless somebody else takes over at once."""
    return not known.escalate or int(known.escalate[0].get("hours") or 0) > 0


def _next(known: Ticket) -> datetime | None:
    stage = stage_of(known)
    if known.due_at is None or stage is None:
        return None
    return known.due_at + timedelta(hours=int(known.escalate[stage].get("hours") or 0))


def _tell(people: dict[int, None], code: str) -> tuple[tuple[int, str], ...]:
    return tuple((user, code) for user in people if user)


def _refused(known: Ticket, code: str, path: str = "") -> Moved:
    return Moved(known, problems=(Problem(code, path),))
