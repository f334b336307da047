"""What may be asked of approvals: decide, go on, run out of time, move to another version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from builder.commands.actor import Override


@dataclass(frozen=True, slots=True)
class ActOnTask:
    """Do something about an approval, named by one of its tasks: ``approve``, ``reject``, ``return`` (to the submitter, or to the earlier
    ``node``; ``straight``: from there directly back here), ``transfer`` (``to_user``), ``add_signer`` (``to_user``, ``place``: before, after or
    parallel), ``remove_signer`` (``to_user``), ``cc`` (``users``), ``urge``, ``comment``, ``withdraw``, ``terminate``, ``reopen``.
    ``signature`` is the file of a signature drawn by hand."""

    task_id: int
    action: str
    opinion: str = ""
    to_user: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    users: tuple[int, ...] = ()
    node: str = ""
    straight: bool = False
    place: Literal["", "before", "after", "parallel"] = ""
    signature: int = 0


@dataclass(frozen=True, slots=True)
class ContinueApproval:
    """Go on behind an automatic step whose effects are decided; ``laps``: let what was caused so far come first."""

    app: str
    approval_id: int
    node: str
    round: int
    laps: int = 0


@dataclass(frozen=True, slots=True)
class TimeOut:
    """See to a task whose time is over, or to a wait: what the definition says about that."""

    app: str
    approval_id: int
    task_id: int


@dataclass(frozen=True, slots=True)
class MoveApproval:
    """Put the record's running approval of ``transition`` on the definition that is live now. ``mapping`` says where those nodes of the old
    one are in the new one whose uid has changed."""

    app: str
    entity: str
    id: int
    transition: str
    mapping: Mapping[str, str] = field(default_factory=dict)
