"""The shape of reports: columns have one key each and something to show, derived ones need no circle, parts give what the columns ask for,
parameters and comparisons fit together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder.errors import Problem
from builder.expressions import ExpressionError, compile_expression
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.report import Report, ReportColumn
from builder.metadata.schemas import near

OUTSIDE = ("parameter.", "setting.", "part.label")


def find(facts: Facts) -> Iterable[Problem]:
    for report in facts.package.reports:
        yield from _keys(report)
        yield from _columns(report)
        yield from _circles(report)
        yield from _parts(report)
        yield from _parameters(report)


def _keys(report: Report) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, column in enumerate(report.columns):
        if column.name in seen or not column.name:
            path = at("report", report.key, "columns", index, "key")
            yield Problem("E250", path, {"name": column.name, "report": called(report)})
        seen.add(column.name)


def _columns(report: Report) -> Iterator[Problem]:
    names = [c.name for c in report.columns]
    for index, column in enumerate(report.columns):
        path = at("report", report.key, "columns", index)
        ways = [bool(column.field), column.formula is not None, column.how is not None]
        is_taken = any(column.name in part.take for part in report.parts)
        if sum(ways) + is_taken != 1:
            yield Problem("E251", path, {"name": column.name, "report": called(report)})
        if column.how is not None and column.of not in names:
            yield Problem("E252", f"{path}/of", {"name": column.of, **near(column.of, names)})
        groups = [c.name for c in report.columns if not (c.op or c.is_derived or c.across or c is column)]
        if column.unit and column.unit not in groups:
            yield Problem("E252", f"{path}/unit", {"name": column.unit, **near(column.unit, groups)})
        for n, name in enumerate(column.within):
            if name not in groups:
                yield Problem("E252", f"{path}/within/{n}", {"name": name, **near(name, groups)})
        if column.bucket == "age" and list(column.steps) != sorted(set(column.steps)):
            yield Problem("E254", f"{path}/steps", {"name": column.name})
        if column.across and (column.op or column.is_derived):
            yield Problem("E256", f"{path}/across", {"name": column.name})
    if sum(c.across for c in report.columns) > 1:
        path = at("report", report.key, "columns")
        yield Problem("E256", path, {"name": next(c.name for c in reversed(report.columns) if c.across)})


def needs(column: ReportColumn) -> frozenset[str]:
    """The columns that a derived one is worked out from."""
    if column.how is not None:
        return frozenset({column.of})
    try:
        paths = compile_expression(column.formula or "None").paths
    except ExpressionError:
        return frozenset()
    return frozenset(p for p in paths if not p.startswith(OUTSIDE))


def _circles(report: Report) -> Iterator[Problem]:
    waiting = {c.name: needs(c) for c in report.columns if c.is_derived}
    while able := [name for name, wanted in waiting.items() if not wanted & waiting.keys()]:
        for name in able:
            del waiting[name]
    for index, column in enumerate(report.columns):
        if column.name in waiting:
            path = at("report", report.key, "columns", index, "formula" if column.formula else "of")
            yield Problem("E253", path, {"circle": " → ".join([*waiting, next(iter(waiting))])})
            return


def _parts(report: Report) -> Iterator[Problem]:
    names = [c.name for c in report.columns if not c.is_derived]
    if report.parts and (report.entity or report.ledger):
        yield Problem("E255", at("report", report.key, "parts"), {"name": called(report)})
    for index, part in enumerate(report.parts):
        path = at("report", report.key, "parts", index)
        for name in part.take:
            if name not in names:
                yield Problem("E252", f"{path}/take/{name}", {"name": name, **near(name, names)})
        need = "entity" if part.source == "records" else "ledger"
        if not getattr(part, need):
            yield Problem(
                "E196", f"{path}/{need}", {"name": part.label or part.key or called(report), "need": need}
            )
    for index, column in enumerate(report.columns):
        if report.parts and column.only:
            path = at("report", report.key, "columns", index, "only")
            yield Problem("E257", path, {"name": column.name})


def _parameters(report: Report) -> Iterator[Problem]:
    known = {p.key: p for p in report.parameters}
    if report.compare is not None:
        for side, name in (("from", report.compare.from_), ("to", report.compare.to)):
            if name not in known or known[name].type != "date":
                path = at("report", report.key, "compare", side)
                yield Problem("E258", path, {"name": name, **near(name, known)})
    for index, parameter in enumerate(report.parameters):
        need = {"reference": "entity", "choice": "options"}.get(parameter.type)
        if need and not getattr(parameter, need):
            path = at("report", report.key, "parameters", index, need)
            yield Problem("E196", path, {"name": called(parameter), "need": need})


CHECK = Check(
    "report_shapes",
    ("E196", "E250", "E251", "E252", "E253", "E254", "E255", "E256", "E257", "E258"),
    find,
)
