"""Kinds of definitions: where each lies in a package and which model it becomes. One file is one node. Pure.

A node is named by (kind, key): ``("entity", "item")`` is ``entities/item.json``. ``("app", "app")`` is ``app.json`` and
``("roles", "roles")`` is ``roles.json``; an i18n node's key is its locale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from builder.metadata.access import Role
from builder.metadata.computation import Computation
from builder.metadata.entity import Entity
from builder.metadata.form import Form, View
from builder.metadata.ledger import Ledger
from builder.metadata.outside import Connector
from builder.metadata.package import App
from builder.metadata.report import Dashboard, DataSet, Health, Print, Report, Scenario
from builder.metadata.rule import Rule
from builder.metadata.text import Text
from builder.metadata.workflow import Workflow

NodeName: TypeAlias = tuple[str, str]
Nodes: TypeAlias = Mapping[NodeName, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Roles:
    """``roles.json``: every role of the app."""

    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """``folder`` is empty where the kind is one file. ``collection`` names the package's attribute that holds its models; empty:
    the package keeps the JSON only. ``label`` is what people call it."""

    name: str
    model: type | None
    label: Text
    folder: str = ""
    collection: str = ""

    def path(self, key: str) -> str:
        return f"{self.folder}/{key}.json" if self.folder else f"{self.name}.json"


def _label(zh: str, en: str) -> Text:
    return {"zh-CN": zh, "en": en}


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("app", App, _label("应用", "App")),
        Kind("entity", Entity, _label("实体", "Entity"), "entities", "entities"),
        Kind("form", Form, _label("表单", "Form"), "forms", "forms"),
        Kind("view", View, _label("列表", "List"), "views", "views"),
        Kind("ledger", Ledger, _label("账本", "Ledger"), "ledgers", "ledgers"),
        Kind("report", Report, _label("报表", "Report"), "reports", "reports"),
        Kind("workflow", Workflow, _label("流程", "Workflow"), "workflows", "workflows"),
        Kind("dashboard", Dashboard, _label("看板", "Dashboard"), "dashboards", "dashboards"),
        Kind("rule", Rule, _label("规则", "Rule"), "rules", "rules"),
        Kind("health", Health, _label("数据体检", "Health check"), "health", "health"),
        Kind("computation", Computation, _label("批量计算", "Computation"), "computations", "computations"),
        Kind("print", Print, _label("打印", "Print"), "prints", "prints"),
        Kind("connector", Connector, _label("连接器", "Connector"), "connectors", "connectors"),
        Kind("roles", Roles, _label("角色", "Roles")),
        Kind("i18n", None, _label("语言", "Language"), "i18n"),
        Kind("data", DataSet, _label("数据", "Data"), "data", "data"),
        Kind("scenario", Scenario, _label("场景", "Scenario"), "scenarios", "scenarios"),
    )
}
"""All kinds, in the order in which a package is read and shown."""

BY_FOLDER: Mapping[str, Kind] = {kind.folder: kind for kind in KINDS.values() if kind.folder}


def path_of(name: NodeName) -> str:
    """The node's file in a package."""
    kind, key = name
    return KINDS[kind].path(key)


def name_of(path: str) -> NodeName | None:
    """The node that a JSON file of a package holds; None where it is none of ours."""
    folder, slash, file = path.rpartition("/")
    stem, dot, ending = file.rpartition(".")
    if ending != "json" or not stem or not dot:
        return None
    if not slash:
        return (stem, stem) if stem in KINDS and not KINDS[stem].folder else None
    kind = BY_FOLDER.get(folder)
    return (kind.name, stem) if kind else None


def place(name: NodeName, *parts: str | int) -> str:
    """Where something is in a package: ``entities/item.json#/fields/3/type``."""
    if not parts:
        return path_of(name)
    pointer = "/".join(map(str, parts))
    if "~" in pointer or pointer.count("/") >= len(parts):
        pointer = "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return f"{path_of(name)}#/{pointer}"
