"""Formulas: which expressions the browser can work out itself, as trees for its small interpreter, and what they need to see."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from builder.expressions import Expression, ExpressionError
from builder.expressions.browser import unknown_functions, value_json
from builder.expressions.to_json import to_json
from builder.metadata.entity import Entity, Field
from builder.metadata.filter import paths_at_hand
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.pages.given import ABOVE

SHARED = frozenset({"setting", "actor"})
PICKING = frozenset({"first", "last"})


def stands(entity: Entity, field: Field) -> bool:
    """Whether the figure stays as it is while the record is entered: it is taken of other records that refer to this one, whatever is
    entered here. Lines have none: the page has their values in columns."""
    rollup = field.rollup
    return bool(
        rollup and rollup.reference and entity.kind != "lines" and not paths_at_hand(rollup.filter or {})
    )


@dataclass(frozen=True)
class Formulas:
    """What is on the page: ``shown`` are the keys of header fields, ``columns`` those of each lines field (with hidden ones)."""

    ctx: Context

    def expression(self, owner: str, property: str) -> Expression | None:
        try:
            return self.ctx.expression(owner, property)
        except ExpressionError:
            return None

    def counted_of(self, of: Field) -> str:
        """The one field whose record the balance is of; empty where it is of more, or no balance."""
        if of.balance is None:
            return ""
        expressions = [self.expression(of.uid, f"balance.dimensions.{key}") for key in of.balance.dimensions]
        paths = {path for expression in expressions if expression is not None for path in expression.paths}
        return paths.pop() if len(paths) == 1 else ""

    def chosen_by(self, entity: Entity, of: Field) -> str:
        """The one reference that picks the record whose figure the rollup takes: the price of an item on the day of the document. Empty
        where entered numbers pick it too, or where it adds up."""
        if of.rollup is None or of.rollup.op not in PICKING:
            return ""
        own = [path for path in paths_at_hand(of.rollup.filter or {}) if not path.startswith(ABOVE)]
        field = entity.field(own[0]) if len(own) == 1 else None
        return field.key if field is not None and field.type == "reference" else ""

    def tree(self, entity: Entity, owner: str, property: str) -> Any:
        """The tree for the browser; None where the browser cannot see everything that the expression reads."""
        expression = self.expression(owner, property)
        if expression is None or unknown_functions(expression):
            return None
        if not all(self.is_seen(entity, path) for path in expression.paths):
            return None
        return to_json(expression)

    def is_seen(self, entity: Entity, path: str) -> bool:
        """Whether the page holds the value: entered fields, formulas over them, values of referenced records, figures that stand. Other
        rollups and balances are not, unless choosing a record brings them along."""
        head, _, rest = path.partition(".")
        if head in SHARED or head in {"id", "state", "business_date", "owner", "org_unit"}:
            return True
        if head == "line_no" and entity.kind == "lines" and not rest:
            return True
        if head == "parent" and entity.parent:
            above = self.ctx.app.package.entity(entity.parent)
            return above is not None and self.is_seen(above, rest)
        field = entity.field(head)
        if field is None:
            return False
        if field.type == "lines" and rest:
            lines = self.ctx.app.package.entity(field.entity or "")
            return lines is not None and self.is_seen(lines, rest)
        if rest:
            return field.type == "reference" and self.ctx.kernel.is_path_readable(entity.key, path)
        return self._is_worked_out(entity, field)

    def _is_worked_out(self, entity: Entity, field: Field) -> bool:
        if not self.ctx.kernel.is_readable(entity.key, field.key):
            return False
        if field.balance or field.rollup:
            return (
                stands(entity, field) or bool(self.chosen_by(entity, field)) or self._is_fixed(entity, field)
            )
        if not field.formula:
            return True
        expression = self.expression(field.uid, "formula")
        return expression is not None and all(self.is_seen(entity, p) for p in expression.paths)

    def _is_fixed(self, entity: Entity, field: Field) -> bool:
        """Whether the balance of a line is of what nobody enters here: the material that an order change was made with. It comes with the
        line and stays as it is while other cells are typed."""
        if field.balance is None or entity.kind != "lines":
            return False
        expressions = [
            self.expression(field.uid, f"balance.dimensions.{key}") for key in field.balance.dimensions
        ]
        paths = {path for one in expressions if one is not None for path in one.paths}
        read = [entity.field(path.partition(".")[0]) for path in paths]
        return bool(read) and all(of is not None and of.read_only and not of.is_computed for of in read)

    def needed(self, entity: Entity, lines: Field, shown: set[str]) -> list[Field]:
        """Fields of the lines that are not shown, but that formulas on the page read."""
        model = self.ctx.app.package.entity(lines.entity or "")
        if model is None:
            return []
        wanted: dict[str, None] = {}
        for field in entity.fields:
            if field.formula and (expression := self.expression(field.uid, "formula")):
                prefix = f"{lines.key}."
                wanted.update(
                    dict.fromkeys(p.removeprefix(prefix) for p in expression.paths if p.startswith(prefix))
                )
        for key in shown:
            wanted.update(dict.fromkeys(self._reads(model, key, lines.key)))
        found = [key for key in wanted if "." not in key]
        for key in found:
            found.extend(k for k in self._reads(model, key, lines.key) if k not in found)
        made = (model.field(key) for key in found if key not in shown)
        return [f for f in made if f is not None and f.type != "lines" and self.is_seen(model, f.key)]

    def _reads(self, model: Entity, key: str, lines: str) -> list[str]:
        """Columns of the same lines that the formula reads: of its own line, or of all of them (``parent.lines.amount``)."""
        field = model.field(key)
        expression = self.expression(field.uid, "formula") if field is not None and field.formula else None
        all_of = f"parent.{lines}."
        named = (p.removeprefix(all_of) for p in expression.paths) if expression else ()
        return sorted(p for p in named if "." not in p)

    def reference_paths(self, entity: Entity, head: str = "") -> frozenset[str]:
        """Paths through references (of ``head`` alone, where given) that expressions around the entity read and the actor may see."""
        paths = self._reference_paths.get(entity.key)
        if paths is None:
            found = self.ctx.app.compiled.reads(entity.key).record
            paths = frozenset(p for p in found if self._is_reference(entity, p))
            self._reference_paths[entity.key] = paths
        return frozenset(p for p in paths if not head or p.startswith(f"{head}."))

    @cached_property
    def _reference_paths(self) -> dict[str, frozenset[str]]:
        return {}

    def _is_reference(self, entity: Entity, path: str) -> bool:
        field = entity.field(path.partition(".")[0])
        return (
            field is not None
            and field.type == "reference"
            and self.ctx.kernel.is_path_readable(entity.key, path)
        )

    def path_values(
        self, entity: Entity, record: Record, parent: Record | None = None, head: str = ""
    ) -> dict[str, Any]:
        """Values of those paths over one record, for the interpreter."""
        paths = self.reference_paths(entity, head)
        values = self.ctx.facts.values(paths, record, parent=parent) if paths else {}
        return {path: self.sent(value) for path, value in values.items()}

    def sent(self, value: Any) -> Any:
        """A value as the interpreter reads it."""
        return value_json(value, self.ctx.engine.database.show)
