"""Readers: a report, list or card that shows somebody's role what the role may not see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder.errors import Problem
from builder.expressions import ExpressionError, compile_expression
from builder.metadata.access import Role
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.package import Package
from builder.metadata.paths import label_of, steps
from builder.metadata.report import Card, Report, ReportPart
from builder.metadata.report_scopes import FLOWS
from builder.metadata.text import LOCALES, Text


def find(facts: Facts) -> Iterable[Problem]:
    package = facts.package
    for role in package.roles:
        for report in package.reports:
            if report.key in role.reports:
                yield from _report(package, role, report)
        for dashboard in package.dashboards:
            if dashboard.key in role.dashboards:
                for index, card in enumerate(dashboard.cards):
                    path = at("dashboard", dashboard.key, "cards", index)
                    yield from _card(package, role, card, path)


def _report(package: Package, role: Role, report: Report) -> Iterator[Problem]:
    for index, column in enumerate(report.columns):
        if report.parts or not column.field:
            continue
        path = at("report", report.key, "columns", index, "field")
        yield from _source(package, role, report, report, column.field, path)
    for index, part in enumerate(report.parts):
        for name, take in part.take.items():
            path = at("report", report.key, "parts", index, "take", name)
            for read in read_by(take):
                yield from _source(package, role, report, part, read, path)


def _source(
    package: Package, role: Role, report: Report, source: Report | ReportPart, read: str, path: str
) -> Iterator[Problem]:
    """What the role does not see of what a column reads."""
    if source.source == "records":
        if not sees_path(package, role, source.entity, read):
            words = _words(package, source.entity, read)
            yield warning("E160", path, {"role": called(role), "what": words, "report": called(report)})
    elif not _sees_measure(package, role, source.ledger, _measure(read)):
        yield warning("E160", path, {"role": called(role), "what": read, "report": called(report)})


def read_by(take: str) -> list[str]:
    """The paths over its source that an expression reads."""
    try:
        paths = compile_expression(take).paths
    except ExpressionError:
        return []
    return sorted(p for p in paths if not p.startswith(("parameter.", "setting.", "part.label")))


def _measure(path: str) -> str:
    head, _, rest = path.partition(".")
    return rest if rest and any(head in heads for heads in FLOWS.values()) else path


def _card(package: Package, role: Role, card: Card, path: str) -> Iterator[Problem]:
    if card.figure is not None and card.figure.entity and not sees(role, package, card.figure.entity):
        entity = package.entity(card.figure.entity)
        yield warning("E160", path, {"role": called(role), "what": called(entity), "report": called(card)})
    if (
        card.report
        and card.report not in role.reports
        and not {"*"} & set(role.reports)
        and not role.all_entities
    ):
        report = package.report(card.report)
        yield warning("E160", path, {"role": called(role), "what": called(report), "report": called(card)})


def _words(package: Package, entity: str, path: str) -> Text:
    return {locale: label_of(package, entity, path, locale) for locale in LOCALES}


def sees(role: Role, package: Package, entity: str) -> bool:
    """Whether the role may read some records of the entity; lines go with their parent."""
    grant = role.grant(entity)
    model = package.entity(entity)
    if grant is None and model is not None and model.kind == "lines" and model.parent:
        return sees(role, package, model.parent)
    return role.all_entities if grant is None else "read" in grant.may


def sees_path(package: Package, role: Role, entity: str, path: str) -> bool:
    """Whether the role sees what stands at the end of the path, and every record on the way."""
    for step in steps(package, entity, path) or ():
        if not sees(role, package, step.entity):
            return False
        grant = role.grant(step.entity)
        if grant is not None and step.name in grant.hidden:
            return False
    return True


def _sees_measure(package: Package, role: Role, ledger: str, name: str) -> bool:
    model = package.ledger(ledger)
    if model is None or model.measure(name) is None:
        return True
    granted = [g for g in role.ledgers if g.ledger == ledger]
    if role.all_entities and not granted:
        return True
    return any("*" in g.measures or name in g.measures for g in granted)


CHECK = Check("readers", ("E160",), find)
