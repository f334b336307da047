"""Who asks, and which guards the asker means to break."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


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
    channel: str = field(default="", compare=False)
    """By which way the asker came (``builder.metadata.channels``); empty: nobody knows."""


@dataclass(frozen=True, slots=True)
class Override:
    """A guard that the actor means to break, and why."""

    guard: str
    reason: str
