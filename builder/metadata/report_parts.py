"""The pieces of reports: columns, parameters, parts of a union, the period that is compared. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, Literal

from builder.metadata.entity import Option
from builder.metadata.text import Text

Source = Literal["records", "balances", "entries", "movements", "layers"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """What is asked before the rows are worked out. ``default`` is an expression; a *choice* offers ``options``; a reference points to
    ``entity``. With ``multi`` several values may be given. A ``required`` one may not be left empty."""

    uid: str
    key: str
    label: Text
    type: str = "date"
    default: str | None = None
    entity: str | None = None
    options: tuple[Option, ...] = ()
    multi: bool = False
    required: bool = False
    min: str | None = None
    max: str | None = None


@dataclass(frozen=True, slots=True)
class Tone:
    """How a number looks that is ``below`` or (at least) ``above`` a value or a setting's (an expression over parameters)."""

    tone: Literal["good", "warning", "danger"]
    below: str | None = None
    above: str | None = None


@dataclass(frozen=True, slots=True)
class Opens:
    """The report that a cell leads to, and by expressions over the row what its parameters are."""

    report: str
    parameters: Mapping[str, str] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column: what stands at ``field``, a group or (``op``) a figure of those that pass ``only``; or a ``formula`` over other columns
    and ``parameter.<key>``; or the ``share``, the ``rank`` or the ``running`` sum of the column ``of``, among the
    rows alike in the groups ``within`` where it names any. ``bucket`` puts days into periods, or, as
    *age*, into the ``steps`` of days that lie between them and ``since``. ``across``: the group's values become columns.
    ``total`` *none* leaves it out of the totals, *sum* sums rows that are not grouped; ``unit`` names the group in
    which only rows of one value are added up: kilograms and pieces have no sum. ``heat`` shades its numbers by size among those shown:
    the more the better (*good*), the worse (*bad*), or neither (*plain*). A column of the type *choice* may word its values by
    ``options`` of its own."""

    uid: str
    field: str = ""
    label: Text | None = None
    group: bool = False
    op: Literal["count", "distinct", "sum", "min", "max", "avg"] | None = None
    bucket: Literal["day", "week", "month", "quarter", "year", "age"] | None = None
    key: str = ""
    formula: str | None = None
    only: Mapping[str, Any] | None = None
    how: Literal["share", "rank", "running"] | None = None
    of: str = ""
    within: tuple[str, ...] = ()
    type: str = ""
    entity: str | None = None
    scale: int | None = None
    steps: tuple[int, ...] = ()
    since: str | None = None
    total: Literal["auto", "sum", "none"] = "auto"
    tones: tuple[Tone, ...] = ()
    heat: Literal["plain", "good", "bad"] | None = None
    across: bool = False
    opens: Opens | None = None
    hidden: bool = False
    unit: str = ""
    options: tuple[Option, ...] = ()

    @property
    def name(self) -> str:
        """By what rows know it, and formulas, sorts and parts."""
        return self.key or self.field

    @property
    def is_derived(self) -> bool:
        """Whether it is worked out from other columns."""
        return self.formula is not None or self.how is not None


@dataclass(frozen=True, slots=True)
class ReportPart:
    """One of the sources that a report puts together: ``take`` gives, by the report's column keys, a path or an expression over its rows;
    a column that it does not name is empty (``part.label`` is the part's own name). Balances and layers are those at the end of ``as_of``; movements are those ``from_`` … ``to`` (expressions
    over parameters)."""

    uid: str
    take: Mapping[str, str]
    key: str = ""
    label: Text | None = None
    source: Source = "records"
    entity: str = ""
    ledger: str = ""
    filter: Mapping[str, Any] | None = None
    as_of: str | None = None
    from_: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Compare:
    """The two parameters, days, that make the period: it can be set beside the one before it or that of last year."""

    from_: str
    to: str
