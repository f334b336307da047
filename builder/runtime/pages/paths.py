"""Paths: the field at the end of a dotted path, and what the system keeps of every record, as if they were fields."""

from __future__ import annotations

from builder.metadata.channels import OPTIONS
from builder.metadata.channels import PATH as CREATED_VIA
from builder.metadata.entity import Entity, Field
from builder.metadata.package import Package
from builder.metadata.text import Text

SYSTEM: dict[str, tuple[str, Text]] = {
    "id": ("text", {"zh-CN": "编号", "en": "Id"}),
    "state": ("state", {"zh-CN": "状态", "en": "State"}),
    "owner": ("user", {"zh-CN": "负责人", "en": "Owner"}),
    "org_unit": ("org_unit", {"zh-CN": "部门", "en": "Department"}),
    "business_date": ("date", {"zh-CN": "业务日期", "en": "Date"}),
    "created_by": ("created_by", {"zh-CN": "创建人", "en": "Created by"}),
    "created_via": ("choice", {"zh-CN": "来源渠道", "en": "Came by"}),
    "created_at": ("created_at", {"zh-CN": "创建时间", "en": "Created"}),
    "updated_by": ("updated_by", {"zh-CN": "修改人", "en": "Changed by"}),
    "updated_at": ("updated_at", {"zh-CN": "修改时间", "en": "Changed"}),
    "archived": ("boolean", {"zh-CN": "已归档", "en": "Archived"}),
    "line_no": ("integer", {"zh-CN": "行号", "en": "Line"}),
    "version": ("integer", {"zh-CN": "版本", "en": "Version"}),
}


def system_field(key: str) -> Field | None:
    """A field made up for what every record has; ``state`` is a type of its own here."""
    known = SYSTEM.get(key)
    if known is None:
        return None
    options = OPTIONS if key == CREATED_VIA else ()
    return Field(uid=f"system.{key}", key=key, type=known[0], label=known[1], options=options)


def own_field(entity: Entity, key: str) -> Field | None:
    return entity.field(key) or system_field(key)


def leaf(package: Package, entity: Entity, path: str) -> tuple[Entity, Field] | None:
    """The entity and the field where ``path`` ends; None where it leads nowhere."""
    head, _, rest = path.partition(".")
    if head == "parent" and entity.parent and rest:
        above = package.entity(entity.parent)
        return leaf(package, above, rest) if above else None
    field = own_field(entity, head)
    if field is None or not rest:
        return (entity, field) if field else None
    target = package.entity(field.entity or "")
    return leaf(package, target, rest) if target else None


def label_of(package: Package, entity: Entity, path: str) -> Text:
    found = leaf(package, entity, path)
    return found[1].label if found else path
