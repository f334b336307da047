"""Paths: what a dotted path over records of an entity leads to, and what people call it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from builder.metadata.entity import Entity, Field
from builder.metadata.package import Package
from builder.metadata.text import Text, in_locale

SYSTEM_LABELS: Mapping[str, Text] = {
    "id": {"zh-CN": "编号", "en": "Id"},
    "state": {"zh-CN": "状态", "en": "State"},
    "owner": {"zh-CN": "负责人", "en": "Owner"},
    "org_unit": {"zh-CN": "部门", "en": "Org unit"},
    "business_date": {"zh-CN": "业务日期", "en": "Business date"},
    "version": {"zh-CN": "版本", "en": "Version"},
    "line_no": {"zh-CN": "行号", "en": "Line"},
    "created_by": {"zh-CN": "创建人", "en": "Created by"},
    "created_via": {"zh-CN": "来源渠道", "en": "Came by"},
    "created_at": {"zh-CN": "创建时间", "en": "Created at"},
    "updated_by": {"zh-CN": "修改人", "en": "Changed by"},
    "updated_at": {"zh-CN": "修改时间", "en": "Changed at"},
    "archived_at": {"zh-CN": "停用时间", "en": "Archived at"},
}
PARENT: Text = {"zh-CN": "单据", "en": "Document"}
REFERENCES = frozenset({"reference", "multi_reference", "lines"})


class PathStep(NamedTuple):
    """One part of a path: a field of ``entity``, or (``field`` None) a system name or the way to the header."""

    entity: str
    name: str
    field: Field | None = None


def steps(package: Package, entity: str, path: str) -> tuple[PathStep, ...] | None:
    """The parts of a path that starts at records of ``entity``; None where it leads nowhere."""
    found: list[PathStep] = []
    at: Entity | None = package.entity(entity)
    for name in path.split("."):
        if at is None:
            return None
        field = at.field(name)
        if field is not None:
            found.append(PathStep(at.key, name, field))
            at = package.entity(field.entity or "") if field.type in REFERENCES else None
        elif name == "parent" and at.parent:
            found.append(PathStep(at.key, name))
            at = package.entity(at.parent)
        elif name in SYSTEM_LABELS:
            found.append(PathStep(at.key, name))
            at = None
        else:
            return None
    return tuple(found)


def field_at(package: Package, entity: str, path: str) -> Field | None:
    """The field at the end of a path; None for system names and for paths that lead nowhere."""
    found = steps(package, entity, path)
    return found[-1].field if found else None


def label_of(package: Package, entity: str, path: str, locale: str) -> str:
    """What people call the value at the end of a path: ``客户 · 信用额度``. The path itself where it leads nowhere."""
    found = steps(package, entity, path)
    if not found:
        return path
    shown = [step for step in found if step.name != "parent"] or list(found)
    return " · ".join(_label(package, step, locale) for step in shown)


def _label(package: Package, step: PathStep, locale: str) -> str:
    if step.field is not None:
        return in_locale(step.field.label, locale, step.name)
    return in_locale(SYSTEM_LABELS.get(step.name, PARENT), locale, step.name)
