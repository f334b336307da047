"""Commands: what may be asked. Imperative, frozen; each is one root of the decide loop.

``values`` are what a person or program sent: JSON forms or exact values alike; handlers read them through the
field types, so that every problem is collected. Lines are given inline under their field's key as a sequence of
mappings: one with ``id`` keeps that line, one without makes a new line, one left out is removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. ``kind`` tells a person from a program, a rule or a timer; ``scope`` (of a token) limits what the person's
    rights allow, as app keys with ``:read`` or ``:write`` (empty: everything)."""

    workspace: int
    user_id: int
    kind: Literal["user", "token", "rule", "timer", "system"] = "user"
    login: str = ""
    name: str = ""
    locale: str = "zh-CN"
    org_unit_id: int = 0
    is_admin: bool = False
    on_behalf_of: int = 0
    scope: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """A guard that the actor means to break, and why."""

    guard: str
    reason: str


@dataclass(frozen=True, slots=True)
class CreateRecord:
    """Make a record of ``entity``; with ``submit`` its workflow's default transition is fired at once. ``source``: the channel."""

    app: str
    entity: str
    values: Mapping[str, Any]
    submit: bool = False
    source: str = "api"
    overrides: tuple[Override, ...] = ()


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
    the uid of the approval's node."""

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
    ``values`` are laid over the mapped ones."""

    app: str
    entity: str
    ids: tuple[int, ...]
    conversion: str
    lines: Mapping[int, Any] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    by: Literal["button", "rule", "bulk"] = "button"


@dataclass(frozen=True, slots=True)
class WriteRecords:
    """Create (or, with ``upsert_by``, create or update) many records in one transaction."""

    app: str
    entity: str
    rows: Sequence[Mapping[str, Any]]
    upsert_by: str | None = None
    source: str = "api"


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
class AddComment:
    app: str
    entity: str
    id: int
    body: str
    mentions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    """Give a setting of an app another value (JSON form of its type); kept with history."""

    app: str
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class ClosePeriod:
    """Lock a ledger through a day; or, with ``reopen``, unlock from the day after ``through``. ``accept`` are codes of obstacles that
    are known and left, which takes a ``reason``."""

    app: str
    ledger: str
    through: str | None
    reopen: bool = False
    reason: str = ""
    accept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SwitchMethod:
    """Cost a ledger's pools by the method ``to`` from the day after its last close on: those within ``filter`` (over the dimensions that
    are locked together and fields of their records; None: all). What they hold keeps its value, or is valued anew at ``unit``."""

    app: str
    ledger: str
    to: str
    filter: Mapping[str, Any] | None = None
    unit: Any = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReplayLedger:
    """Work the past of a ledger's lanes again where something came late, in order of their dates; differences become true-ups.
    ``most`` entries are gone through at once (0: one lane, however long it is); what is left waits for the next time."""

    app: str
    ledger: str
    most: int = 2000


@dataclass(frozen=True, slots=True)
class InstallApp:
    """Make an app from package ``nodes``: version 1 live, its reference data loaded. ``key`` may differ from the package's."""

    key: str
    nodes: Mapping[tuple[str, str], Mapping[str, Any]]
    template_key: str = ""
    template_version: str = ""
    label: Any = None


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """Write one definition of an app's draft. ``body`` None removes it. ``expected`` is the node's version that the designer saw.
    Definitions that one edit changes have the same ``step``: they are undone together (0: this one alone)."""

    app: str
    kind: str
    key: str
    body: Mapping[str, Any] | None
    expected: int | None = None
    step: int = 0


@dataclass(frozen=True, slots=True)
class UndoDraft:
    """Take back the actor's last edit of a draft, or with ``redo`` the last undo."""

    app: str
    redo: bool = False


@dataclass(frozen=True, slots=True)
class DiscardDraft:
    """Throw the draft's edits away: it equals the live version again."""

    app: str


@dataclass(frozen=True, slots=True)
class Publish:
    """Make the draft the live version, after checks. With ``lose`` values that a field's new type cannot read are left empty; without,
    they are a problem. Records of big entities move first, in the background, where a field is read otherwise."""

    app: str
    note: str = ""
    expected: int | None = None
    lose: bool = False


@dataclass(frozen=True, slots=True)
class RollBack:
    """Publish an older version's definitions as a new version; data stays."""

    app: str
    version: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class SaveUser:
    """Add or change an account. ``id`` None adds. ``password`` None keeps it; ``status``: active or disabled."""

    login: str
    name: str
    id: int | None = None
    email: str = ""
    locale: str = "zh-CN"
    password: str | None = field(default=None, repr=False)
    status: Literal["active", "disabled"] = "active"
    is_admin: bool | None = None
    org_unit: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeProfile:
    """Give the actor's own account another name, address or language."""

    name: str
    email: str = ""
    locale: str = "zh-CN"


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Give the actor's own account another password, for who knows the old one. Its sessions end."""

    old: str = field(repr=False)
    new: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SaveDelegation:
    """Let somebody decide in the actor's place from the first day to the last, or take that back with ``end``, a delegation's id."""

    to_user: int | None = None
    from_day: date | None = None
    to_day: date | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class GrantRole:
    """Give a user a role in an app, within an org unit (None: everywhere), or take it away with ``revoke``."""

    app: str
    user_id: int
    role: str
    org_unit: str | None = None
    revoke: bool = False


@dataclass(frozen=True, slots=True)
class SaveOrgUnit:
    key: str
    name: str
    parent: str | None = None
    head: int | None = None


@dataclass(frozen=True, slots=True)
class SaveToken:
    """Make an API token for the actor (its text is in the answer once), or revoke one by ``prefix``."""

    name: str = ""
    scope: tuple[str, ...] = ()
    days: int | None = None
    revoke: str | None = None


@dataclass(frozen=True, slots=True)
class SaveConnection:
    """Set up a connector of the app: where it leads, whether it is on, and its secrets. Secrets that are not named stay as they are,
    unless it leads somewhere else from now on."""

    app: str
    connector: str
    origin: str = ""
    is_on: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


Command = (
    CreateRecord
    | UpdateRecord
    | DeleteRecord
    | RestoreRecord
    | MergeRecords
    | UnmergeRecords
    | FireTransition
    | FireTransitions
    | Convert
    | WriteRecords
    | ActOnTask
    | ContinueApproval
    | TimeOut
    | MoveApproval
    | PressButton
    | RunRule
    | AddComment
    | ChangeSetting
    | ClosePeriod
    | SwitchMethod
    | ReplayLedger
    | InstallApp
    | SaveDraft
    | UndoDraft
    | DiscardDraft
    | Publish
    | RollBack
    | SaveUser
    | ChangeProfile
    | ChangePassword
    | SaveDelegation
    | GrantRole
    | SaveOrgUnit
    | SaveToken
    | SaveConnection
)
