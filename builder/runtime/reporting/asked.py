"""Asked: a part of a report with everything filled in: what it takes for which column, its filter, its days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from builder.expressions import Expression, compile_expression
from builder.expressions.tree import Negate, Path
from builder.metadata.filter import Filter as ReadFilter
from builder.metadata.filter import paths_of, read_filter
from builder.metadata.report import ReportColumn, ReportPart
from builder.metadata.text import Said
from builder.record import Value
from builder.runtime.context import Context
from builder.runtime.report_rows import both
from builder.runtime.reporting.buckets import bucketed
from builder.runtime.reporting.parameters import OUTSIDE, as_values, day_of, settings_in, with_parameters
from builder.runtime.rights import Filter


@dataclass(frozen=True)
class Take:
    """What a part gives for a column. ``path`` where it is one, ``sign`` -1 where it is taken from it."""

    column: ReportColumn
    expression: Expression
    path: str = ""
    sign: int = 1
    only: ReadFilter | None = None
    where: Filter | None = None

    @property
    def paths(self) -> frozenset[str]:
        """Everything that it reads of the part's rows."""
        own = frozenset(p for p in self.expression.paths if not p.startswith(OUTSIDE))
        return own | (frozenset(paths_of(self.where)) if self.where else frozenset())

    @property
    def is_constant(self) -> bool:
        """Whether every row gives the same, such as the part's name."""
        return not self.path and not self.paths


@dataclass(frozen=True)
class Asked:
    """A part with everything filled in: its filter, its days, what it takes for keys and figures (None: nothing). ``surroundings`` are
    parameters and settings as expressions name them."""

    part: ReportPart
    where: Filter | None
    keys: tuple[tuple[ReportColumn, Take | None], ...]
    figures: tuple[tuple[ReportColumn, Take | None], ...]
    surroundings: Mapping[str, Value]
    bucket: Callable[[ReportColumn, Value], Value]
    as_of: date | None
    days: tuple[date | None, date | None]
    more: tuple[str, ...] = ()

    @cached_property
    def own_keys(self) -> tuple[str, ...]:
        """For each key the path whose value is the key as it stands; empty where there is more to it."""
        return tuple(
            t.path if t is not None and t.sign == 1 and c.bucket is None else "" for c, t in self.keys
        )

    @property
    def paths(self) -> list[str]:
        taken = [t.paths for _, t in (*self.keys, *self.figures) if t is not None]
        return list(dict.fromkeys([*(p for paths in taken for p in sorted(paths)), *self.more]))


def asked_of(
    ctx: Context,
    part: ReportPart,
    columns: Sequence[ReportColumn],
    asked: Mapping[str, Value],
    *,
    where: Filter | None = None,
    more: Sequence[str] = (),
) -> Asked:
    """The part for these columns and parameters; ``where`` limits it further, ``more`` are paths that its rows must know too."""
    takes = {c.name: _take(ctx, part, c, asked) for c in columns if not c.is_derived}
    known = as_values(asked)
    settings = [p for t in takes.values() if t is not None for p in t.expression.paths]
    own = with_parameters(part.filter, asked) if part.filter else None
    ages = {c.name: day_of(ctx, c.since or "TODAY()", asked) for c in columns if c.bucket == "age"}

    def bucket(column: ReportColumn, value: Value) -> Value:
        if column.bucket is None:
            return value
        return bucketed(value, column.bucket, steps=column.steps, since=ages.get(column.name))

    return Asked(
        part,
        both(own, where),
        tuple((c, takes[c.name]) for c in columns if not c.op and c.name in takes),
        tuple((c, takes[c.name]) for c in columns if c.op),
        {**known, **settings_in(ctx, settings), "part.label": _said(part)},
        bucket,
        day_of(ctx, part.as_of, asked),
        (day_of(ctx, part.from_, asked), day_of(ctx, part.to, asked)),
        tuple(more),
    )


def _said(part: ReportPart) -> Value:
    label = part.label
    return label if label is None or isinstance(label, str) else Said(label)


def _take(ctx: Context, part: ReportPart, column: ReportColumn, asked: Mapping[str, Value]) -> Take | None:
    source = part.take.get(column.name)
    if source is None:
        return None
    expression = compile_expression(source)
    node = expression.tree.root
    sign = -1 if isinstance(node, Negate) else 1
    inner = node.operand if isinstance(node, Negate) else node
    path = inner.path if isinstance(inner, Path) and not inner.path.startswith(OUTSIDE) else ""
    where = with_parameters(column.only, asked) if column.only else None
    resolved = ctx.reader.filters.resolve(where) if where else None
    only = read_filter(resolved)[0] if resolved else None
    return Take(column, expression, path, sign, only, where)
