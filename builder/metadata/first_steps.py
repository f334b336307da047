"""First steps: what those who begin with an app do first, each with the page where it is done and what shows that it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from builder.metadata.text import Text


@dataclass(frozen=True, slots=True)
class FirstStep:
    """``kind``: *records* leads to the list ``view`` and is done once there is a record that the list's own filter and ``filter`` let pass;
    *setting* leads to the settings and is done once ``setting`` was given a value; *units* leads to the departments and is done once
    there is one, *people* to people and roles and is done once somebody else holds a role. It is there for who may do it, and with ``roles`` only for those who hold one."""

    uid: str
    label: Text
    kind: Literal["records", "setting", "units", "people"] = "records"
    view: str = ""
    filter: Mapping[str, Any] | None = None
    setting: str = ""
    help: Text | None = None
    roles: tuple[str, ...] = ()
