"""Subject: the record that a workflow decides about, with what may be asked of the world. And what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from builder.changes import Approval, ApprovalTask, Decision, Message
from builder.commands import Command, FireTransition
from builder.errors import Problem
from builder.metadata.package import Package
from builder.ports import Directory, Environment
from builder.record import Record, Value
from builder.workflow.calendar import WorkingCalendar

ValuesOf: TypeAlias = Callable[[Iterable[str]], Mapping[str, Value]]
Find: TypeAlias = Callable[[str, Mapping[str, Any], str], tuple[int, ...]]


def nobody_found(entity: str, where: Mapping[str, Any], field: str) -> tuple[int, ...]:
    """What a query gives where there is nothing to look in."""
    return ()


@dataclass(frozen=True, slots=True)
class Subject:
    """``record`` as decided so far. ``values`` answers dotted paths over it (``customer.level``, ``old.total``, ``setting.large``);
    ``app`` is the installed app's key, ``title`` what people call the record. ``now`` and ``env`` stay the same for the whole command; ``new_id`` makes ids.
    ``find`` gives the users in a field of an entity's records that pass a filter; ``chosen`` whom the submitter chose, by node uid, ``foretold`` whom the submitter was shown;
    ``calendar`` says which days are working days, ``zone`` where they begin."""

    app: str
    package: Package
    record: Record
    values: ValuesOf
    env: Environment
    directory: Directory
    now: datetime
    new_id: Callable[[], int]
    title: str = ""
    find: Find = nobody_found
    chosen: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    foretold: Mapping[str, tuple[int, ...]] | None = None
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step of an approval comes to. ``approval`` and ``tasks`` are the changed and new ones, complete; ``command`` is the
    transition to fire in the same transaction, ``steps`` what automatic steps do before it; ``event`` names what to tell the rules
    (``started approved rejected returned withdrawn terminated reopened restarted``). With ``problems`` nothing else is to be used; ``warnings`` are for the person who acts."""

    approval: Approval | None = None
    tasks: tuple[ApprovalTask, ...] = ()
    decisions: tuple[Decision, ...] = ()
    command: FireTransition | None = None
    steps: tuple[Command, ...] = ()
    messages: tuple[Message, ...] = ()
    event: str = ""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def refused(code: str, path: str = "", **params: object) -> Outcome:
    return Outcome(problems=(Problem(code, path, params),))
