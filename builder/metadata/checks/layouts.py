"""Layouts: a bar needs days, a column needs values that are known beforehand, and a colour something that has colours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.form import View
from builder.metadata.layout import Layout
from builder.metadata.package import Package
from builder.metadata.paths import steps
from builder.metadata.scopes import SYSTEM

NEEDS: Mapping[str, tuple[str, ...]] = {"gantt": ("from_", "to"), "calendar": ("from_",), "board": ("by",)}
DAYS = frozenset({"date", "datetime"})
MANY = frozenset({"lines", "multi_reference", "multi_choice", "tags"})


def find(facts: Facts) -> Iterable[Problem]:
    for view in facts.package.views:
        if view.kind != "list" and all(one.kind != view.kind for one in view.layouts):
            yield Problem("E262", at("view", view.key, "kind"), {"view": called(view), "kind": view.kind})
        entity = facts.package.entity(view.entity)
        for index, layout in enumerate(view.layouts if entity is not None else ()):
            assert entity is not None
            yield from _layout(facts.package, entity, view, index, layout)


def _layout(package: Package, entity: Entity, view: View, index: int, layout: Layout) -> Iterator[Problem]:
    here = ("layouts", index)
    for name in NEEDS[layout.kind]:
        if not getattr(layout, name):
            need = name.rstrip("_")
            path = at("view", view.key, *here, need)
            yield Problem("E196", path, {"name": called(layout), "need": need})
    for name, fits in FITS.items():
        path = str(getattr(layout, name))
        if not path or steps(package, entity.key, path) is None:
            continue  # A name that leads nowhere is another check's.
        if not fits(package, entity, layout, path):
            wrong = at("view", view.key, *here, name.rstrip("_"))
            yield Problem(
                CODES[name], wrong, {"layout": called(layout), "field": _called(package, entity, path)}
            )


def _called(package: Package, entity: Entity, path: str) -> object:
    field = _leaf(package, entity, path)
    return called(field) if field is not None else path


def _leaf(package: Package, entity: Entity, path: str) -> Field | None:
    found = steps(package, entity.key, path)
    return found[-1].field if found else None


def _sort(package: Package, entity: Entity, path: str) -> str:
    """What the values at the end of a path are: ``date``, ``number``, ``text`` …"""
    field = _leaf(package, entity, path)
    if field is None:
        known = SYSTEM.get(path.rpartition(".")[2])
        return str(known.kind) if known is not None else ""
    kind = FIELD_TYPES.find(field.type)
    return kind.sort if kind is not None else ""


def _is_day(package: Package, entity: Entity, layout: Layout, path: str) -> bool:
    """Days are asked of the database, of the record itself."""
    field = entity.field(path)
    is_live = field is not None and bool(
        field.rollup or field.balance or (field.formula and not field.stored)
    )
    return "." not in path and not is_live and _sort(package, entity, path) in DAYS


def _is_divided(package: Package, entity: Entity, layout: Layout, path: str) -> bool:
    field = _leaf(package, entity, path)
    if layout.kind == "board":
        return path == "state" or (field is not None and field.type == "choice" and "." not in path)
    return field is None or field.type not in MANY


def _is_number(package: Package, entity: Entity, layout: Layout, path: str) -> bool:
    return _sort(package, entity, path) == "number"


def _is_date(package: Package, entity: Entity, layout: Layout, path: str) -> bool:
    return _sort(package, entity, path) in DAYS


def _is_coloured(package: Package, entity: Entity, layout: Layout, path: str) -> bool:
    field = _leaf(package, entity, path)
    return path == "state" or (field is not None and field.type == "choice")


Fits = Callable[[Package, Entity, Layout, str], bool]
FITS: Mapping[str, Fits] = {
    "from_": _is_day,
    "to": _is_day,
    "by": _is_divided,
    "progress": _is_number,
    "color_by": _is_coloured,
    "due": _is_date,
}
CODES: Mapping[str, str] = {
    "from_": "E260",
    "to": "E260",
    "by": "E261",
    "progress": "E261",
    "color_by": "E261",
    "due": "E261",
}

CHECK = Check("layouts", ("E260", "E261", "E262"), find)
