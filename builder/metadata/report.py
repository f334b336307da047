"""Reports, dashboards, health checks, prints, and the rest of what an app shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, Literal

from builder.metadata.form import SortKey
from builder.metadata.report_parts import Compare, Opens, Parameter, ReportColumn, ReportPart, Source, Tone
from builder.metadata.text import Text

__all__ = [
    "Card", "Compare", "Dashboard", "DataSet", "Figure", "Health", "MenuItem", "Opens", "Parameter", "Print", "Report",
    "ReportColumn", "ReportPart", "Scenario", "Setting", "Source", "Step", "Tone",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A number over records of ``entity`` (``op`` over ``field`` of those passing ``filter``), or over a ``ledger`` measure."""

    op: Literal["count", "sum", "min", "max", "avg"] = "count"
    entity: str = ""
    field: str = ""
    filter: Mapping[str, Any] | None = None
    ledger: str = ""
    measure: str = ""
    dimensions: Mapping[str, Any] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """A query over an entity, over a ledger's balances (``source: balances``, at the end of ``as_of``), its entries, its movements
    (``from_`` … ``to``), its layers (what is left of each day's additions, the newest first), or over several ``parts`` put together by their groups.
    Filter values ``{"parameter": key}`` are filled from ``parameters``; ``having`` is judged over the columns of each row."""

    uid: str
    key: str
    label: Text
    columns: tuple[ReportColumn, ...]
    source: Source = "records"
    entity: str = ""
    ledger: str = ""
    filter: Mapping[str, Any] | None = None
    parameters: tuple[Parameter, ...] = ()
    sort: tuple[SortKey, ...] = ()
    chart: Literal["none", "bar", "line", "pie", "stacked", "area", "combined"] = "none"
    limit: int = 500
    help: Text | None = None
    as_of: str | None = None
    from_: str | None = None
    to: str | None = None
    parts: tuple[ReportPart, ...] = ()
    having: str | None = None
    compare: Compare | None = None
    subtotals: bool = False

    def column(self, name: str) -> ReportColumn | None:
        """The column that rows know by that name."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True)
class Card:
    """A card of a dashboard: a ``number`` whose figure opens exactly the records that it counts, or that is the total of a report's
    ``column`` and opens the report; a ``chart`` or ``table`` of a report, its rows as ``tiles`` (the last group names them, those before head them,
    ``column`` is the big figure), a ``list`` of a view, the actor's ``tasks``. ``width`` is in
    twelfths. ``view`` is the list that a number opens."""

    uid: str
    kind: Literal["number", "chart", "table", "tiles", "list", "tasks"]
    label: Text
    figure: Figure | None = None
    report: str = ""
    column: str = ""
    view: str = ""
    width: int = 3
    limit: int = 5
    tone: Literal["normal", "good", "warning", "danger"] = "normal"


@dataclass(frozen=True, slots=True)
class Dashboard:
    uid: str
    key: str
    label: Text
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """A health check over data. ``kind``: *records* lists records of ``entity`` passing ``filter`` (and ``when``, an expression evaluated
    per record); *duplicates* groups records whose normalised ``fields`` are equal (pairs by ``any_of``); *balances* lists balance rows of
    ``ledger`` at ``grain`` where ``when`` over measures holds; *entries* lists entries where ``when`` over measures holds; *mirror* lists, within
    ``days``, pairs of equal opposite differences of field ``difference`` on lines of ``entity`` with the same ``same`` fields.
    ``entities`` are further entities that *records* looks through in the same way. With ``close`` its findings are in the way of closing
    a period (of ``ledger``, or of every ledger); with ``go_live`` (left out: of kind *duplicates*) in the way of putting the app to work."""

    uid: str
    key: str
    label: Text
    help: Text
    kind: Literal["records", "duplicates", "balances", "entries", "mirror"]
    severity: Literal["info", "warning", "danger"] = "warning"
    entity: str = ""
    filter: Mapping[str, Any] | None = None
    when: str | None = None
    fields: tuple[str, ...] = ()
    ledger: str = ""
    grain: str = ""
    difference: str = ""
    same: tuple[str, ...] = ()
    days: int = 1
    entities: tuple[str, ...] = ()
    close: bool = False
    go_live: bool | None = None

    @property
    def holds_up(self) -> bool:
        """Whether what it finds is in the way of putting the app to work."""
        return self.kind == "duplicates" if self.go_live is None else self.go_live


@dataclass(frozen=True, slots=True)
class Print:
    """A printed form of one record of ``entity``. ``template`` is sandboxed HTML text (``prints/<key>.html`` in the package);
    ``page`` is a CSS page size (``A4``, ``241mm 140mm``). A line's ``posted.<ledger>`` lists what it moved there."""

    uid: str
    key: str
    entity: str
    label: Text
    template: str
    page: str = "A4"


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that the owner edits without a new version: a threshold, a switch. ``default`` in JSON form of ``type``. A text with a
    ``pattern`` has that form; what is left empty takes the default."""

    uid: str
    key: str
    label: Text
    type: Literal["boolean", "integer", "decimal", "money", "text", "choice", "filter"]
    default: Any = None
    help: Text | None = None
    scale: int = 2
    options: tuple[str, ...] = ()
    min: str | None = None
    max: str | None = None
    entity: str | None = None
    pattern: str | None = None
    pattern_message: Text | None = None


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the app's menu: exactly one of a view, dashboard, report, ledger, computation, or a built-in ``page`` (``health``, ``import``), or a
    group with ``items``. One ``to_maintain`` is there for those who may enter or change what its view lists: others choose from it, and need no list."""

    uid: str
    label: Text | None = None
    icon: str = ""
    view: str = ""
    dashboard: str = ""
    report: str = ""
    ledger: str = ""
    computation: str = ""
    page: str = ""
    items: tuple[MenuItem, ...] = ()
    roles: tuple[str, ...] = ()
    to_maintain: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a scenario or of sample data, driven through the same commands as people use.

    ``do``: *create* ``entity`` with ``values`` (lines inline), *update* ``record``, *transition* ``record`` by ``transition``, *convert* ``record`` by
    ``conversion`` (``values`` overlay the target), *task* (``task``: approve, reject … on ``record``'s open task), *delete*, *setting* ``key``/``value``, *close* ``ledger`` through the
    day ``value``, *compute* ``computation`` with its parameters in ``values`` (with ``id`` the rows' records that were there before are ``$id_1``, ``$id_2`` …), *schedule* (the timed
    ``rule`` for every record that it concerns now), *clock*, *check* (only expectations). ``id`` names the made record for later steps (``$id``; ``$id.lines[0]`` a line); references in values may be
    ``$name``, or a unique value (code) or title among the records that the field's filter admits. ``$name/entity`` is the newest record of that entity
    made from ``$name`` by a rule or conversion (``$name/entity.lines[0]`` a line of it). ``at`` moves the clock: ISO, or ``-59d 09:30``, days before today in
    workspace time; date values may be ``-3d`` or ``+7d``, days from the step's own day, ``+7d month`` the month (``2026-07``) of that day, ``+1 month`` the next one. ``as_`` is a login or
    ``role:key``. ``expect`` may hold ``error`` (a code), ``problems`` (parts of the problems: code, params), ``state``, ``values`` (lines by position: only what is named is compared), ``balances`` (list of ledger,
    dimensions, measures, ``as_of``), ``tasks`` (open tasks of the record), ``created`` (entity → count made by the step, rules included), ``messages`` (notifications made by
    the step, later rules included: a count, or role → count), ``health`` (check → findings), ``reports`` (list of report, parameters, rows)."""

    do: Literal[
        "create",
        "update",
        "transition",
        "convert",
        "task",
        "delete",
        "setting",
        "clock",
        "check",
        "bulk",
        "rule",
        "close",
        "compute",
        "schedule",
    ]
    at: str | None = None
    as_: str | None = None
    id: str | None = None
    record: str | None = None
    records: tuple[str, ...] = ()
    entity: str | None = None
    values: Mapping[str, Any] = attribute(default_factory=dict)
    transition: str | None = None
    conversion: str | None = None
    task: str | None = None
    rule: str | None = None
    computation: str | None = None
    key: str | None = None
    value: Any = None
    ledger: str | None = None
    opinion: str | None = None
    overrides: Mapping[str, str] = attribute(default_factory=dict)
    submit: bool = False
    expect: Mapping[str, Any] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A test that travels with the package: steps with what they must lead to. ``requires`` are data sets that it starts from;
    ``requirements`` number what it proves."""

    uid: str
    key: str
    label: Text
    steps: tuple[Step, ...]
    help: Text | None = None
    requires: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataSet:
    """Rows of reference data (``rows`` of ``entity``), or ``steps`` of sample data played through the engine. ``sample`` sets are
    left out when an app is installed without sample data. ``order`` says which comes first."""

    uid: str
    key: str
    entity: str = ""
    rows: tuple[Mapping[str, Any], ...] = ()
    steps: tuple[Step, ...] = ()
    users: tuple[Mapping[str, Any], ...] = ()
    org_units: tuple[Mapping[str, Any], ...] = ()
    sample: bool = False
    order: int = 100
