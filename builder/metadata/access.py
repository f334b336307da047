"""Access: roles and what they may. Pure; the kernel in ``builder.runtime.permissions`` applies it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from builder.metadata.text import Text

Deed = Literal["read", "create", "update", "delete", "import", "export", "print"]
AppRight = Literal["design", "people", "settings", "close_period", "backup", "audit"]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role may do with one entity. ``scope`` (a filter; values may be ``{"actor": "org_units"}``, ``{"actor": "id"}``)
    limits which records exist for it. ``hidden`` fields do not exist for it; ``read_only`` ones are shown. ``states`` (empty: all)
    limits updates to records in those states. ``transitions``/``conversions`` hold keys, ``*`` for all; those of ``own`` the role fires with
    records alone that belong to the one who acts (or to nobody): a draft is voided by its maker and by whoever decides about it."""

    uid: str
    entity: str
    may: tuple[Deed, ...] = ("read",)
    scope: Mapping[str, Any] | None = None
    hidden: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    transitions: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    conversions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerGrant:
    """Which measures of a ledger a role may see (``*`` for all), and which rows: those whose record of ``dimension`` passes ``scope``
    (a filter over it; values as in ``Grant.scope``). Without a scope every row counts whose records the role may see."""

    uid: str
    ledger: str
    measures: tuple[str, ...] = ("*",)
    dimension: str = ""
    scope: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """A bundle of permissions with the page that its people start on (``dashboards/x``, ``views/y``).

    ``all_entities`` grants every deed, transition and conversion on every entity without listing them. ``overrides`` names the
    guard permissions it holds. ``app`` holds rights over the app itself."""

    uid: str
    key: str
    label: Text
    home: str = ""
    help: Text | None = None
    all_entities: bool = False
    grants: tuple[Grant, ...] = ()
    ledgers: tuple[LedgerGrant, ...] = ()
    reports: tuple[str, ...] = ()
    dashboards: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    app: tuple[AppRight, ...] = ()
    local: bool = False

    def grant(self, entity: str) -> Grant | None:
        return next((g for g in self.grants if g.entity == entity), None)
