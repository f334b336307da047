"""List filters: what may be asked of a list: the filter builder's fields, and the small drop-downs of a view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.metadata.channels import PATH as CREATED_VIA
from builder.metadata.entity import Entity, Field
from builder.metadata.form import View
from builder.runtime.context import Context
from builder.runtime.pages.fields import Fields
from builder.runtime.pages.formulas import Formulas
from builder.runtime.pages.paths import own_field
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words
from builder.storage.values import is_stored

NOT_SORTED = frozenset(
    {"lines", "multi_choice", "multi_reference", "tags", "file", "image", "long_text", "rich_text", "json"}
)


def is_asked_by(entity: Entity, field: Field, path: str) -> bool:
    """Whether a list may be sorted or filtered by what stands at the path. A figure that is worked out when it is read is so for the
    records of the list alone, not for those that they refer to."""
    if field.type in NOT_SORTED or (field.lookup and field.copy == "live"):
        return False
    return not field.is_computed or is_stored(field) or entity.field(path) is not None


@dataclass(frozen=True)
class ListFilters:
    """The questions of one entity's lists."""

    ctx: Context
    words: Words
    entity: Entity

    def fields(self) -> list[dict[str, Any]]:
        """What the filter builder offers."""
        resolver = Fields(self.ctx, self.words, Titles(self.ctx), self.entity, "read", Formulas(self.ctx))
        made: list[dict[str, Any]] = []
        workflow = self.ctx.app.package.workflow_of(self.entity.key)
        if workflow is not None:
            options = [{"key": s.key, "label": self.words.of(s.label)} for s in workflow.states]
            made.append(
                {
                    "key": "state",
                    "label": self.words.of(_system("state").label),
                    "type": "choice",
                    "options": options,
                }
            )
        dated = ("business_date", "owner") if self.entity.kind == "document" else ()
        own = [_system(k) for k in (*dated, CREATED_VIA)]
        fields = self.ctx.kernel.readable_fields(self.entity)
        readable = [f for f in fields if is_asked_by(self.entity, f, f.key)]
        for field in (*own, *readable):
            drawn = resolver.resolve(field)
            made.append({k: drawn[k] for k in ("key", "type", "label", "options", "scale", "lookupUrl")})
        return made

    def quick(self, view: View | None, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        """Small drop-downs above the list: states, choices, switches and periods."""
        made: list[dict[str, Any]] = []
        for key in view.quick_filters if view else ():
            field = own_field(self.entity, key)
            if field is None or not self.ctx.kernel.is_readable(self.entity.key, key):
                continue
            options = self._options(field)
            if options:
                label = self.words.of(field.label)
                made.append({"key": key, "label": label, "options": options, "value": asked.get(key, "")})
        return made

    def _options(self, field: Field) -> list[dict[str, str]]:
        if field.type == "state":
            workflow = self.ctx.app.package.workflow_of(self.entity.key)
            return (
                [{"key": s.key, "label": self.words.of(s.label)} for s in workflow.states] if workflow else []
            )
        if field.type == "date":
            names = (
                "today",
                "yesterday",
                "this_week",
                "last_week",
                "this_month",
                "last_month",
                "last_30_days",
                "this_year",
            )
            return [{"key": n, "label": self.words.say(f"el.within.{n}")} for n in names]
        if field.type == "boolean":
            return [
                {"key": k, "label": self.words.say(w)} for k, w in (("true", "el.yes"), ("false", "el.no"))
            ]
        return [{"key": o.key, "label": self.words.of(o.label)} for o in field.options]


def _system(key: str) -> Field:
    found = own_field(Entity("", "", "master", "", ()), key)
    assert found is not None
    return found
