"""What may be asked of records: make, change, merge, move them on, convert, in ones and in many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from builder.commands.actor import Override


@dataclass(frozen=True, slots=True)
class CreateRecord:
    """Make a record of ``entity``; with ``submit`` its workflow's default transition is fired at once. ``source``: the channel;
    ``foreseen`` as in ``FireTransition``."""

    app: str
    entity: str
    values: Mapping[str, Any]
    submit: bool = False
    source: str = "api"
    overrides: tuple[Override, ...] = ()
    foreseen: Mapping[str, tuple[int, ...]] | None = None


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """Change fields of a record. ``version`` is the one the actor saw (None: whatever it is now)."""

    app: str
    entity: str
    id: int
    values: Mapping[str, Any]
    version: int | None = None
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateLines:
    """Change lines of one record, by the id of each; the others stay as they are. Only rules do: people change the record with its lines."""

    app: str
    entity: str
    id: int
    lines: str
    values: Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class DeleteRecord:
    """Remove a draft, or archive a master record; a record that has posted is refused."""

    app: str
    entity: str
    id: int
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RestoreRecord:
    """Bring an archived record back."""

    app: str
    entity: str
    id: int


@dataclass(frozen=True, slots=True)
class ForgetPast:
    """Erase the personal values of all versions that a record has had. What it says now stays."""

    app: str
    entity: str
    id: int


@dataclass(frozen=True, slots=True)
class MergeRecords:
    """Make one of two records of the same thing, for each of the ``pairs`` (id to keep, id that goes): balances, open documents and
    master records go over, the other is archived and found as the kept one. ``take`` are fields whose values the kept one takes, by the
    id that goes."""

    app: str
    entity: str
    pairs: tuple[tuple[int, int], ...]
    take: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnmergeRecords:
    """Take back a merge, named by its command, as long as nothing of what it moved was used since."""

    app: str
    entity: str
    merge: int


@dataclass(frozen=True, slots=True)
class FireTransition:
    """Move a record by one of its workflow's transitions, changing ``values`` on the way. ``approvers`` are whom the submitter chooses, by
    the uid of the approval's node; ``foreseen`` whom the submitter was shown (None: nobody was)."""

    app: str
    entity: str
    id: int
    transition: str
    opinion: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None
    overrides: tuple[Override, ...] = ()
    by_approval: bool = False
    approvers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    foreseen: Mapping[str, tuple[int, ...]] | None = None


@dataclass(frozen=True, slots=True)
class FireTransitions:
    """The same transition on many records: all or none with ``atomic``, else each on its own with a result per id."""

    app: str
    entity: str
    ids: tuple[int, ...]
    transition: str
    atomic: bool = False
    opinion: str = ""


@dataclass(frozen=True, slots=True)
class Convert:
    """Make the next document of one or several records. ``lines`` limits source lines to quantities ({line id: quantity});
    ``values`` are laid over the mapped ones, ``line_values`` over those of lines ({lines field: {source line id: values}})."""

    app: str
    entity: str
    ids: tuple[int, ...]
    conversion: str
    lines: Mapping[int, Any] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    by: Literal["button", "rule", "bulk"] = "button"
    line_values: Mapping[str, Mapping[int, Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WriteRecords:
    """Create (or, with ``upsert_by``, create or update) many records in one transaction."""

    app: str
    entity: str
    rows: Sequence[Mapping[str, Any]]
    upsert_by: str | None = None
    source: str = "api"


@dataclass(frozen=True, slots=True)
class PressButton:
    """Run a rule with a *button* trigger on a record."""

    app: str
    entity: str
    id: int
    rule: str


@dataclass(frozen=True, slots=True)
class RunRule:
    """Run one rule on one record now: how the relay and the schedules do what is *later*. ``fire_key`` makes it happen once."""

    app: str
    rule: str
    entity: str | None
    id: int
    fire_key: str
    event: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StartApproval:
    """Ask those who decide about a transition of the record. Nothing happens where they are asked already."""

    app: str
    entity: str
    id: int
    transition: str


@dataclass(frozen=True, slots=True)
class MakePrint:
    """Print the record into a file: in its field of files ``field``, empty: hung on it. ``by`` is the uid of what asked for it."""

    app: str
    entity: str
    id: int
    print: str
    field: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class TakeHook:
    """A verified message came from outside through ``connector``: it makes the record of ``values`` (where the connector makes one), and wakes the
    rules that wait for it with ``payload``, its JSON text."""

    app: str
    connector: str
    payload: str
    entity: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    submit: bool = False


@dataclass(frozen=True, slots=True)
class AddComment:
    app: str
    entity: str
    id: int
    body: str
    mentions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RunComputation:
    """Make records of a computation's rows, or bring those of an earlier run up to date. ``parameters`` answer what its reports ask for;
    ``only`` limits it to records by their keys (None: all; then also what no row speaks of any more is seen to); with ``seen``, what a look
    at these said of them, it is refused where they have come to something else since."""

    app: str
    computation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    only: tuple[str, ...] | None = None
    seen: str | None = None
