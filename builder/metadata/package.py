"""Package: one app's whole definition, immutable, and look-ups into it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from builder.metadata.access import Role
from builder.metadata.computation import Computation
from builder.metadata.entity import Entity
from builder.metadata.first_steps import FirstStep
from builder.metadata.form import Form, View
from builder.metadata.ledger import Ledger
from builder.metadata.modules import Module
from builder.metadata.outside import Connector
from builder.metadata.report import (
    Dashboard,
    DataSet,
    Health,
    MenuItem,
    Print,
    Report,
    Scenario,
    Setting,
)
from builder.metadata.rule import Rule
from builder.metadata.rule_index import RuleIndex
from builder.metadata.text import Text
from builder.metadata.workflow import Workflow

FORMAT = 1


@dataclass(frozen=True, slots=True)
class App:
    """``app.json``: who the app is. ``extends`` names the template that this one only differs from; ``engine`` is the
    range of engine versions it runs on (``>=0.1``). ``icon`` and ``color`` draw its tile. ``modules`` are the parts that may be switched off,
    ``first_steps`` what those who begin with it do first."""

    uid: str
    key: str
    label: Text
    version: str = "1.0.0"
    format: int = FORMAT
    engine: str = ">=0.1"
    extends: str | None = None
    description: Text = ""
    icon: str = "package"
    color: str = "blue"
    menu: tuple[MenuItem, ...] = ()
    settings: tuple[Setting, ...] = ()
    home: str = ""
    modules: tuple[Module, ...] = ()
    first_steps: tuple[FirstStep, ...] = ()


@dataclass(frozen=True)
class Package:
    """The complete definition of one app. ``nodes`` is the JSON it was read from, by (kind, key): what is stored, merged,
    compared and edited; the rest is the typed form of the same. ``i18n`` holds further languages: locale → (uid.property → words)."""

    app: App
    entities: tuple[Entity, ...] = ()
    forms: tuple[Form, ...] = ()
    views: tuple[View, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    reports: tuple[Report, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()
    rules: tuple[Rule, ...] = ()
    health: tuple[Health, ...] = ()
    prints: tuple[Print, ...] = ()
    roles: tuple[Role, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    data: tuple[DataSet, ...] = ()
    connectors: tuple[Connector, ...] = ()
    computations: tuple[Computation, ...] = ()
    i18n: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    nodes: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict, repr=False)
    content_hash: str = ""

    @cached_property
    def _entities(self) -> Mapping[str, Entity]:
        return {e.key: e for e in self.entities}

    @cached_property
    def _workflows(self) -> Mapping[str, Workflow]:
        return {w.entity: w for w in self.workflows}

    @cached_property
    def _ledgers(self) -> Mapping[str, Ledger]:
        return {ledger.key: ledger for ledger in self.ledgers}

    @cached_property
    def _reports(self) -> Mapping[str, Report]:
        """By key; of two with one key, which a check refuses, the first."""
        return {r.key: r for r in reversed(self.reports)}

    @cached_property
    def _modules_of_rules(self) -> Mapping[str, tuple[Module, ...]]:
        named = {rule for module in self.app.modules for rule in module.rules}
        return {rule: tuple(m for m in self.app.modules if rule in m.rules) for rule in named}

    def entity(self, key: str) -> Entity | None:
        return self._entities.get(key)

    def entity_by_uid(self, uid: str) -> Entity | None:
        return next((e for e in self.entities if e.uid == uid), None)

    def workflow_of(self, entity: str) -> Workflow | None:
        return self._workflows.get(entity)

    def modules_of(self, rule: str) -> tuple[Module, ...]:
        """The parts of the app that name the rule."""
        return self._modules_of_rules.get(rule, ())

    def ledger(self, key: str) -> Ledger | None:
        return self._ledgers.get(key)

    def role(self, key: str) -> Role | None:
        return next((r for r in self.roles if r.key == key), None)

    def views_of(self, entity: str) -> tuple[View, ...]:
        return tuple(v for v in self.views if v.entity == entity)

    def view(self, key: str) -> View | None:
        return next((v for v in self.views if v.key == key), None)

    def form_of(self, entity: str) -> Form | None:
        return next((f for f in self.forms if f.entity == entity), None)

    def report(self, key: str) -> Report | None:
        return self._reports.get(key)

    def computation(self, key: str) -> Computation | None:
        return next((c for c in self.computations if c.key == key), None)

    def dashboard(self, key: str) -> Dashboard | None:
        return next((d for d in self.dashboards if d.key == key), None)

    def setting(self, key: str) -> Setting | None:
        return next((s for s in self.app.settings if s.key == key), None)

    def rules_for(self, entity: str) -> tuple[Rule, ...]:
        """Enabled rules woken by that entity's events, in their declared order."""
        return self.rule_index.about(entity)

    @cached_property
    def rule_index(self) -> RuleIndex:
        """Which rules wait for what."""
        return RuleIndex(self.rules)
