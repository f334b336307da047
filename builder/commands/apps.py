"""What may be asked of apps: settings, drafts, versions, connections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    """Give a setting of an app another value (JSON form of its type); kept with history."""

    app: str
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class GoLive:
    """Put an app to work, or (``live`` False) back to rehearsal. Where checks find something it is refused, but for who may override and says
    with ``override`` and a ``reason`` that it is meant."""

    app: str
    live: bool = True
    override: bool = False
    reason: str = ""


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
class TakeOver:
    """Write into an app's draft, as one step, what its template changed since: definitions by name (None removes one). ``template`` is the
    whole of it as the app takes it over: what the next upgrade compares with. Refused while the draft holds other edits."""

    app: str
    changed: Mapping[tuple[str, str], Mapping[str, Any] | None]
    template: Mapping[tuple[str, str], Mapping[str, Any]]


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
class SaveConnection:
    """Set up a connector of the app: where it leads, whether it is on, and its secrets. Secrets that are not named stay as they are,
    unless it leads somewhere else from now on."""

    app: str
    connector: str
    origin: str = ""
    is_on: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
