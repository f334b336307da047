"""Subject: the record that a workflow decides about, with what may be asked of the world. And what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from builder.changes import Approval, ApprovalTask, Decision, Message
from builder.commands import FireTransition
from builder.errors import Problem
from builder.metadata.package import Package
from builder.ports import Directory, Environment
from builder.record import Record, Value

ValuesOf: TypeAlias = Callable[[Iterable[str]], Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Subject:
    """``record`` as decided so far. ``values`` answers dotted paths over it (``customer.level``, ``old.total``, ``setting.large``);
    ``app`` is the installed app's key, ``title`` what people call the record. ``now`` and ``env`` stay the same for the whole command; ``new_id`` makes ids."""

    app: str
    package: Package
    record: Record
    values: ValuesOf
    env: Environment
    directory: Directory
    now: datetime
    new_id: Callable[[], int]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step of an approval comes to. ``approval`` and ``tasks`` are the changed and new ones, complete; ``command`` is the
    transition to fire in the same transaction; ``event`` names what to tell the rules (``started approved rejected returned
    withdrawn restarted``). With ``problems`` nothing else is to be used; ``warnings`` are for the person who acts."""

    approval: Approval | None = None
    tasks: tuple[ApprovalTask, ...] = ()
    decisions: tuple[Decision, ...] = ()
    command: FireTransition | None = None
    messages: tuple[Message, ...] = ()
    event: str = ""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def refused(code: str, path: str = "", **params: object) -> Outcome:
    return Outcome(problems=(Problem(code, path, params),))
