"""Rows: conditions and filters ready to be drawn: for every row what may be chosen next. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from builder.designer.pickers import Choice, Pickers
from builder.designer.sentences import conditions, filters
from builder.designer.sentences.explain import Explainer
from builder.metadata.entity import Field
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.frames import Frame
from builder.metadata.settings import option_names

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in", "filled", "empty")
NUMERIC = frozenset({"number", "date", "datetime", "time"})


@dataclass(frozen=True, slots=True)
class RowView:
    """One row. ``control`` is how its value is given: ``none text select many``."""

    index: int
    subject: str
    what: str
    op: str
    ops: tuple[Choice, ...]
    kind: str
    kinds: tuple[Choice, ...]
    values: tuple[str, ...]
    options: tuple[Choice, ...]
    control: str
    label: str = ""


@dataclass(frozen=True)
class Drawing:
    """Draws rows over one entity (or ledger)."""

    pickers: Pickers
    frame: Frame

    @property
    def explainer(self) -> Explainer:
        return Explainer(self.pickers.package, self.frame, self.pickers.words)

    def subjects(self) -> tuple[Choice, ...]:
        """What a condition may be about: fields, fields over references, settings, and sums over lines."""
        return tuple(self._subjects())

    def _subjects(self) -> Iterator[Choice]:
        pickers, words = self.pickers, self.pickers.words
        entity = self.frame.self_
        if self.frame.ledger and not entity:
            yield from self._of_ledger()
        numbers: list[tuple[str, str]] = []
        for choice in pickers.paths(entity):
            field = self._field(choice.value)
            if field is not None and field.type == "lines":
                continue
            if "." in choice.value and self._is_line(choice.value):
                numbers.append((choice.value, choice.label))
                continue
            yield replace(choice, value=f"path:{choice.value}")
            if field is not None and FIELD_TYPES.get(field.type).sort in {"date", "datetime"}:
                yield Choice(f"days:{choice.value}", words("d.f.days_since", what=choice.label), choice.value)
        for path, label in numbers:
            yield Choice(f"sum:{path}", words("d.f.SUM", a=label), path)
            yield Choice(f"count:{path}", words("d.f.COUNT", a=label), path)
        if self._is_document():
            yield Choice(
                "days:business_date", words("d.f.days_since", what=self.explainer.path("business_date"))
            )
        for setting in pickers.package.app.settings:
            yield Choice(
                f"path:setting.{setting.key}",
                words("d.the_setting", label=words.text(setting.label)),
                setting.key,
            )

    def _of_ledger(self) -> Iterator[Choice]:
        """Measures, dimensions, and the fields of the records that a dimension counts by."""
        for choice in self.pickers.choices("measure", "ledger", self.frame):
            yield replace(choice, value=f"path:{choice.value}")
        ledger = self.pickers.package.ledger(self.frame.ledger)
        for dimension in ledger.dimensions if ledger else ():
            label = self.pickers.words.text(dimension.label, dimension.key)
            yield Choice(f"path:{dimension.key}", label, dimension.key)
            for field in self.pickers.fields(dimension.entity or ""):
                path = f"{dimension.key}.{field.value}"
                yield Choice(f"path:{path}", f"{label} › {field.label}", path)

    def _is_document(self) -> bool:
        model = self.pickers.package.entity(self.frame.self_)
        return model is not None and model.kind == "document"

    def _is_line(self, path: str) -> bool:
        first = self._field(path.partition(".")[0])
        return first is not None and first.type == "lines"

    def _field(self, path: str) -> Field | None:
        return self.explainer.field_at(path)[1]

    def names(self) -> tuple[Choice, ...]:
        """Fields and settings that a value may be compared with."""
        found = (replace(c, value=c.value[5:]) for c in self._subjects() if c.value.startswith("path:"))
        return tuple(found)

    def condition_rows(self, source: str | None) -> tuple[RowView, ...]:
        rows = conditions.rows_of(source).rows
        return tuple(self._condition(i, row) for i, row in enumerate(rows))

    def _condition(self, index: int, row: conditions.Condition) -> RowView:
        words = self.pickers.words
        sort, options = self._values_of(row)
        names = self._ops(sort, is_choice=bool(options))
        names = names if row.op in names or row.subject == "formula" else (*names, row.op)
        ops = tuple(Choice(op, words(f"d.cop.{op}")) for op in names)
        kind = row.value_kind or ("text" if options else "number" if sort == "number" else "text")
        kinds = tuple(Choice(k, words(f"d.vkind.{k}")) for k in self._kinds(sort, row.value_kind))
        control = self._control(row, kind, options)
        if kind == "name":
            options = self.names()
        return RowView(
            index,
            row.subject,
            row.what,
            row.op,
            ops,
            kind,
            kinds,
            row.values,
            options,
            control,
            self.explainer.path(row.what) if row.subject == "path" else "",
        )

    def _values_of(self, row: conditions.Condition) -> tuple[str, tuple[Choice, ...]]:
        """The sort of value of a row's subject and, of choices and states, what it may be."""
        if row.subject != "path":
            return "number", ()
        return self.sort_and_options(row.what)

    def sort_and_options(self, path: str) -> tuple[str, tuple[Choice, ...]]:
        words, package = self.pickers.words, self.pickers.package
        head, _, key = path.partition(".")
        if head == "setting":
            setting = package.setting(key)
            if setting is None:
                return "text", ()
            names = option_names(setting.options, words.text(setting.help))
            return _sort(setting.type), tuple(Choice(o, names.get(o, o)) for o in setting.options)
        owner, field = self.explainer.field_at(path)
        if path.rpartition(".")[2] == "state" and field is None:
            workflow = package.workflow_of(owner)
            states = workflow.states if workflow else ()
            return "text", tuple(Choice(s.key, words.text(s.label, s.key)) for s in states)
        if field is None:
            return ("date" if path.endswith("_date") else "text"), ()
        return _sort(field.type), tuple(Choice(o.key, words.text(o.label, o.key)) for o in field.options)

    @staticmethod
    def _ops(sort: str, *, is_choice: bool) -> tuple[str, ...]:
        if sort == "bool":
            return ("is_true", "is_false")
        if is_choice:
            return ("==", "!=", "in", "not in", "filled", "empty")
        if sort in NUMERIC:
            return ("==", "!=", "<", "<=", ">", ">=", "filled", "empty")
        return ("==", "!=", "filled", "empty") if sort == "ref" else COMPARISONS

    @staticmethod
    def _kinds(sort: str, given: str) -> tuple[str, ...]:
        kinds = {
            "number": ("number", "name"),
            "date": ("today", "name", "formula"),
            "datetime": ("today", "name"),
        }
        found = kinds.get(sort, ("text", "name"))
        return found if not given or given in found else (*found, given)

    @staticmethod
    def _control(row: conditions.Condition, kind: str, options: tuple[Choice, ...]) -> str:
        if row.op in conditions.BARE or row.subject == "formula" or kind == "today":
            return "none"
        if row.op in {"in", "not in"} and options:
            return "many"
        return "select" if kind == "name" or (options and kind == "text") else "text"

    def completed(self, given: conditions.Conditions) -> conditions.Conditions:
        """The rows with what a person has not chosen yet filled in, so that each says something."""
        rows = tuple(self._completed(row) for row in given.rows if row.what.strip())
        return replace(given, rows=rows)

    def _completed(self, row: conditions.Condition) -> conditions.Condition:
        if row.subject == "formula":
            return row
        sort, options = self._values_of(row)
        if sort == "bool":
            return row if row.op in {"is_true", "is_false"} else replace(row, op="is_true", values=())
        op = "filled" if row.op in {"", "is_true", "is_false"} else row.op
        if row.subject != "path" and op in conditions.BARE:
            op = ">"
        if op in conditions.BARE:
            return replace(row, op=op, value_kind="", values=())
        kind, values = self._value(row, sort, options)
        return replace(row, op=op, value_kind=kind, values=values)

    def _value(
        self, row: conditions.Condition, sort: str, options: tuple[Choice, ...]
    ) -> tuple[conditions.ValueKind, tuple[str, ...]]:
        first = row.values[0] if row.values else ""
        kind = row.value_kind or (
            "text" if options else "number" if sort == "number" else "today" if sort == "date" else "text"
        )
        if kind == "today":
            return kind, ("TODAY()",)
        if kind == "name":
            known = {c.value for c in self.names()}
            return kind, (first if first in known else next(iter(known), "True"),)
        if kind == "number":
            return kind, (first if conditions.NUMBER.fullmatch(first) else "0",)
        if kind == "text" and options:
            known = {o.value for o in options}
            kept = tuple(v for v in row.values if v in known)
            return kind, kept or (options[0].value,)
        return kind, row.values if first else ("…",)

    def completed_filter(self, given: filters.Rows) -> filters.Rows:
        return replace(given, rows=tuple(self._completed_filter(row) for row in given.rows if row.field))

    def _completed_filter(self, row: filters.FilterRow) -> filters.FilterRow:
        if row.op in filters.BARE:
            return replace(row, values=())
        if filters.place_of(row):
            return filters.placed(row, tuple(c.value for c in self._outer_names()))
        sort, options = self.sort_and_options(row.field)
        if options:
            known = {o.value for o in options}
            kept = tuple(v for v in row.values if v in known)
            return replace(row, values=kept or (options[0].value,))
        if row.values and row.values[0] not in ("", None):
            return row
        default: Any = True if sort == "bool" else 0 if sort == "number" else "…"
        return replace(row, values=(default,))

    def filter_rows(self, where: Any) -> tuple[RowView, ...]:
        return tuple(self._filter(i, row) for i, row in enumerate(filters.rows_of(where).rows))

    def _filter(self, index: int, row: filters.FilterRow) -> RowView:
        words = self.pickers.words
        sort, options = self.sort_and_options(row.field)
        if sort == "bool":
            options = (Choice("true", words("el.yes")), Choice("false", words("el.no")))
        names = ("=", "!=", "in", "not_in") if options else ("=", "!=", "<", "<=", ">", ">=")
        names = (
            (*names, "is_empty", "not_empty")
            if sort != "text" or options
            else (*names, "contains", "is_empty", "not_empty")
        )
        found = names if row.op in names else (*names, row.op)
        ops = tuple(Choice(op, words(f"el.op.{op}")) for op in found)
        control = (
            "none"
            if row.op in filters.BARE
            else "many"
            if options and row.op in filters.MANY
            else "select"
            if options
            else "text"
        )
        values = tuple(filters.value_text(v) for v in row.values)
        place = filters.place_of(row)
        kinds = self._places() if control != "none" and row.op not in filters.MANY else ()
        if place:
            values = (str(row.values[0][place]),)
            options = self._outer_names() if place == "record" else ()
            control = "select" if place == "record" else "text"
        kind = place or ("text" if kinds else "")
        shown = (kinds, values, options, control, self.explainer.path(row.field))
        return RowView(index, "path", row.field, row.op, ops, kind, *shown)

    def _places(self) -> tuple[Choice, ...]:
        """Where the value of a filter may be taken from, beside being said."""
        around = self.frame.outer
        names = ["text", *(["record"] if around is not None and around.self_ else [])]
        names += ["payload"] if self.frame.has_payload else []
        return tuple(Choice(n, self.pickers.words(f"d.fkind.{n}")) for n in names) if len(names) > 1 else ()

    def _outer_names(self) -> tuple[Choice, ...]:
        around = self.frame.outer
        return Drawing(self.pickers, around).names() if around is not None else ()


def _sort(type_: str) -> str:
    return FIELD_TYPES.get(type_).sort if type_ in FIELD_TYPES else "text"
