"""Forms: one record as it is entered or shown: sections, tabs, lines, made from the form definition (or from the fields themselves)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from builder.metadata.entity import Entity, Field
from builder.metadata.form import Form, FormNode
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.pages.cells import Cells
from builder.runtime.pages.fields import Fields, is_numeric
from builder.runtime.pages.formulas import SHARED, Formulas, stands
from builder.runtime.pages.grids import Grid
from builder.runtime.pages.inlining import inline
from builder.runtime.pages.paths import own_field
from builder.runtime.pages.suggesting import let_suggest
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words

Seen = tuple[Any, ...]
"""Trees of the conditions under which something is shown."""
NOT_ENTERED = frozenset({"created_by", "created_at", "updated_by", "updated_at"})
"""Types that a form leaves out."""
ADDED = frozenset({"count", "sum"})
"""What over no records is nothing, and not unknown."""


@dataclass(frozen=True)
class Part:
    """A part of the page. ``kind``: section, tabs, tab, field, lines, text. A section's ``loose`` fields stand in one grid."""

    kind: str
    label: str = ""
    key: str = ""
    columns: int = 3
    parts: tuple[Part, ...] = ()
    field: Any = None
    value: Any = None
    lines: Any = None
    collapsed: bool = False
    fixed: bool = False


@dataclass
class Made:
    """What the parts put together: ``fields`` and ``values`` for zg-form."""

    fields: list[dict[str, Any]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FormModel:
    """Everything that ``form.html`` draws."""

    parts: tuple[Part, ...]
    data: dict[str, Any]

    def rows(self) -> dict[str, Any]:
        """The rows of every line grid, by lines field."""
        return {part.key: part.lines["rows"] for part in _all(self.parts) if part.lines is not None}


def _all(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        yield from _all(part.parts)


def form_model(ctx: Context, words: Words, entity: Entity, record: Record, *, is_new: bool) -> FormModel:
    """The form of ``record``; a new one holds its defaults already."""
    titles = Titles(ctx)
    titles.prepare(entity, [record])
    formulas = Formulas(ctx)
    fields = Fields(ctx, words, titles, entity, "create" if is_new else "update", formulas)
    maker = _Maker(ctx, words, fields, record)
    nodes = form_nodes(ctx, entity)
    parts = maker.parts(nodes)
    let_suggest(fields, maker.made.fields)
    inline(formulas, entity, maker.made.fields)
    data: dict[str, Any] = {
        "fields": maker.made.fields,
        "values": maker.made.values,
        "paths": formulas.path_values(entity, record) | maker.standing(),
        "context": maker.context(),
        "today": ctx.pending.today.isoformat(),
        "zone": str(words.zone),
    }
    return FormModel(parts, data)


def form_nodes(ctx: Context, entity: Entity) -> tuple[FormNode, ...]:
    """The nodes of the entity's form; without a form, all fields in their order."""
    form: Form | None = ctx.app.package.form_of(entity.key)
    if form is not None:
        return form.nodes
    readable = ctx.kernel.readable_fields(entity)
    plain = tuple(FormNode(f"auto.{f.uid}", "field", field=f.key) for f in readable if f.type != "lines")
    grids = tuple(
        FormNode(f"auto.{f.uid}", "lines", field=f.key, columns_shown=_line_keys(ctx, f))
        for f in readable
        if f.type == "lines"
    )
    return (FormNode("auto.section", "section", label=entity.label, nodes=plain), *grids)


def is_shown(ctx: Context, record: Record, node: FormNode) -> bool:
    """Whether the form shows the node of that record."""
    expression = ctx.expression(node.uid, "visible_if") if node.visible_if else None
    return expression is None or bool(ctx.evaluate(expression, record))


def _line_keys(ctx: Context, lines: Field) -> tuple[str, ...]:
    model = ctx.app.package.entity(lines.entity or "")
    return tuple(f.key for f in ctx.kernel.readable_fields(model)) if model else ()


@dataclass
class _Maker:
    ctx: Context
    words: Words
    fields: Fields
    record: Record
    made: Made = field(default_factory=Made)

    @property
    def entity(self) -> Entity:
        return self.fields.entity

    def context(self) -> dict[str, Any]:
        """What expressions see besides fields."""
        sent = self.fields.formulas.sent
        settings = self.ctx.reader.settings
        plain = {f"setting.{k}": sent(v) for k, v in settings.items() if not isinstance(v, Mapping)}
        return plain | {
            "id": self.ctx.engine.database.show(self.record.id),
            "state": self.record.state,
            "actor.id": self.ctx.engine.database.show(self.ctx.actor.user_id),
        }

    def standing(self) -> dict[str, Any]:
        """Figures that stay while somebody types, for the formulas that read them; nothing refers to a new record yet."""
        known = (f for f in self.ctx.kernel.readable_fields(self.entity) if stands(self.entity, f))
        return {f.key: self.fields.formulas.sent(self._stood(f)) for f in known}

    def _stood(self, of: Field) -> Any:
        is_new = self.record.version == 0
        return (
            Decimal(0) if is_new and of.rollup and of.rollup.op in ADDED else self.fields.own(self.record, of)
        )

    def parts(
        self, nodes: Iterable[FormNode], *, read_only: bool = False, seen: Seen = ()
    ) -> tuple[Part, ...]:
        """Neighbouring tabs become one row of tabs; loose fields a section of their own. ``seen`` are the conditions of the nodes around."""
        made: list[Part] = []
        loose: list[Part] = []
        for node in nodes:
            part = self._part(node, read_only=read_only or node.read_only, seen=seen)
            if part is None:
                continue
            if part.kind in {"field", "text"}:
                loose.append(part)
                continue
            if part.kind == "tab" and made and made[-1].kind == "tabs":
                made[-1] = Part("tabs", parts=(*made[-1].parts, part))
            else:
                made.append(Part("tabs", parts=(part,)) if part.kind == "tab" else part)
        return (*((Part("section", parts=tuple(loose)),) if loose else ()), *made)

    def _part(self, node: FormNode, *, read_only: bool, seen: Seen) -> Part | None:
        label = self.words.of(node.label)
        if node.visible_if:
            tree = self._followed(node)
            if tree is None and not is_shown(self.ctx, self.record, node):
                return None
            seen = seen if tree is None else (*seen, tree)
        if node.kind == "section":
            return self._section(node, label, read_only=read_only, seen=seen)
        if node.kind == "tab":
            parts = self.parts(node.nodes, read_only=read_only, seen=seen)
            return Part("tab", label, node.uid, parts=parts) if parts else None
        if node.kind == "lines":
            return self._lines(node, label, read_only=read_only)
        if node.kind == "field":
            return self._field(node, read_only=read_only, seen=seen)
        return Part("text", label, node.uid)

    def _followed(self, node: FormNode) -> Any:
        """The node's condition where the browser can follow it while somebody types: it goes by what is entered here, and hides fields."""
        expression = self.fields.formulas.expression(node.uid, "visible_if")
        if node.kind in {"lines", "text"} or expression is None:
            return None
        if any("." in path and path.partition(".")[0] not in SHARED for path in expression.paths):
            return None
        return self.fields.formulas.tree(self.entity, node.uid, "visible_if")

    def _section(self, node: FormNode, label: str, *, read_only: bool, seen: Seen) -> Part | None:
        found = [self._part(n, read_only=read_only or n.read_only, seen=seen) for n in node.nodes]
        parts = tuple(p for p in found if p is not None)
        return (
            Part("section", label, node.uid, node.columns, parts, collapsed=node.collapsed) if parts else None
        )

    def _field(self, node: FormNode, *, read_only: bool, seen: Seen) -> Part | None:
        of = own_field(self.entity, node.field)
        if of is None or not self.ctx.kernel.is_readable(self.entity.key, of.key) or of.type in NOT_ENTERED:
            return None
        drawn = self.fields.resolve(of, span=node.width, read_only=read_only)
        if seen:
            # Unlike a field's own condition this one only lays out: what is there stays.
            drawn = {**drawn, "shownIf": ["and", *seen]}
        value = self.fields.value(of, self.fields.own(self.record, of))
        fixed = drawn["readOnly"] and (
            of.is_computed or of.type in {"auto_number", "state"} or is_numeric(of)
        )
        if fixed and of.is_computed and not self._is_known(of) and not self._is_entered(of, drawn):
            # Nobody knows it before the record is there.
            return None
        self.made.fields.append(drawn)
        self.made.values[of.key] = value
        return Part(
            "field",
            drawn["label"],
            of.key,
            field=drawn,
            value=self._shown(of) if fixed else value,
            fixed=fixed,
        )

    def _is_entered(self, of: Field, drawn: Mapping[str, Any]) -> bool:
        """Whether the browser works it out of what is entered, and not of other records alone."""
        expression = self.fields.formulas.expression(of.uid, "formula") if "formula" in drawn else None
        read = [self.entity.field(path) for path in expression.paths] if expression is not None else []
        return "formula" in drawn and not (
            read and all(f is not None and stands(self.entity, f) for f in read)
        )

    def _is_known(self, of: Field) -> bool:
        """Whether there is a record, or the balance comes along with what is chosen."""
        counted = self.entity.field(self.fields.formulas.counted_of(of))
        return self.record.version > 0 or (counted is not None and counted.type == "reference")

    def _shown(self, of: Field) -> str:
        """What cannot be entered, as text."""
        value = self.fields.own(self.record, of)
        if of.type == "auto_number" and not value:
            return self.words.say("page.number_later")
        return Cells(self.ctx, self.words, self.fields.titles).cell(self.entity, of, value).text

    def _lines(self, node: FormNode, label: str, *, read_only: bool) -> Part | None:
        of = self.entity.field(node.field)
        model = self.ctx.app.package.entity(of.entity or "") if of else None
        if of is None or model is None or not self.ctx.kernel.is_readable(self.entity.key, of.key):
            return None
        grid = Grid(self.ctx, self.words, self.fields, self.entity, of, model)
        closed = read_only or not self.ctx.kernel.is_writable(self.entity.key, of.key, deed=self.fields.deed)
        return Part(
            "lines",
            label or self.words.of(of.label),
            of.key,
            lines=grid.data(node, self.record, closed=closed),
        )
