"""The shape of pages: menu entries, reports, cards and health checks have exactly what they show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.kinds import place
from builder.metadata.package import Package
from builder.metadata.report import Card, Health, MenuItem

OPENS = ("view", "dashboard", "report", "ledger", "computation", "page")
HEALTH: Mapping[str, tuple[str, ...]] = {
    "records": ("entity",),
    "duplicates": ("entity", "fields"),
    "balances": ("ledger", "grain", "when"),
    "entries": ("ledger", "when"),
    "mirror": ("entity", "difference", "same"),
}
FIRST_STEPS: Mapping[str, str] = {"records": "view", "setting": "setting"}
CARDS: Mapping[str, str] = {
    "number": "figure",
    "chart": "report",
    "table": "report",
    "tiles": "report",
    "list": "view",
}


def find(facts: Facts) -> Iterable[Problem]:
    package = facts.package
    yield from _menu(package.app.menu, place(("app", "app"), "menu"))
    for index, step in enumerate(package.app.first_steps):
        need = FIRST_STEPS.get(step.kind, "")
        if need and not getattr(step, need):
            yield _lacks(at("app", "app", "first_steps", index, need), called(step), need)
    for report in package.reports:
        need = "entity" if report.source == "records" else "ledger"
        if not report.parts and not getattr(report, need):
            yield _lacks(at("report", report.key, need), called(report), need)
    for dashboard in package.dashboards:
        for index, card in enumerate(dashboard.cards):
            here = at("dashboard", dashboard.key, "cards", index)
            of_report = card.kind == "number" and bool(card.report) and card.figure is None
            yield from _total(package, card, here) if of_report else _card(card, here)
            if card.kind == "tiles":
                yield from _total(package, card, here)
    for health in package.health:
        yield from _health(health)


def _menu(items: tuple[MenuItem, ...], path: str) -> Iterator[Problem]:
    for index, item in enumerate(items):
        here = f"{path}/{index}"
        count = sum(1 for name in OPENS if getattr(item, name)) + bool(item.items)
        if count != 1 or (item.items and not item.label):
            yield Problem("E195", here)
        yield from _menu(item.items, f"{here}/items")


def _total(package: Package, card: Card, path: str) -> Iterator[Problem]:
    """A number that is a report's total, and tiles for their big figure, name one of its columns."""
    report = package.report(card.report)
    if report is not None and report.column(card.column) is None:
        yield _lacks(f"{path}/column", called(card), "column")


def _card(card: Card, path: str) -> Iterator[Problem]:
    need = CARDS.get(card.kind)
    if need and not getattr(card, need):
        yield _lacks(f"{path}/{need}", called(card), need)
    figure = card.figure
    if figure is not None and bool(figure.entity) is bool(figure.ledger):
        yield Problem("E197", f"{path}/figure", {"name": called(card)})
    elif figure is not None and figure.entity and figure.op != "count" and not figure.field:
        yield _lacks(f"{path}/figure/field", called(card), "field")


def _health(health: Health) -> Iterator[Problem]:
    for need in HEALTH[health.kind]:
        if not getattr(health, need):
            yield _lacks(at("health", health.key, need), called(health), need)


def _lacks(path: str, name: object, need: str) -> Problem:
    return Problem("E196", path, {"name": name, "need": need})


CHECK = Check("page_shapes", ("E195", "E196", "E197"), find)
