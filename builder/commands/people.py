"""What may be asked of people and their accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal


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
class SaveNoticeChoices:
    """How the actor wants to be told: by kind of notice *off*, *now*, *hourly*, *daily* or *workday* by e-mail (a kind left out: as it
    comes), which kinds are urgent, and quiet hours as ``HH:MM`` (both empty: none). ``handles`` are the actor's names at *wecom*, *dingtalk* and
    *feishu*, by which robots call them."""

    modes: Mapping[str, str]
    urgent: tuple[str, ...] = ()
    quiet_from: str = ""
    quiet_to: str = ""
    handles: Mapping[str, str] = field(default_factory=dict)


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
