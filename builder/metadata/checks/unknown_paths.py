"""Unknown paths: a dotted path, a filter's field or a placeholder in words that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts
from builder.metadata.filter import read_filter
from builder.metadata.frames import Frame
from builder.metadata.meaning import Meaning
from builder.metadata.package import Package
from builder.metadata.paths import steps
from builder.metadata.places import Place
from builder.metadata.report_scopes import FLOWS
from builder.metadata.schemas import near
from builder.metadata.uses import PLACEHOLDER

AROUND = frozenset({"setting", "actor", "old", "result", "id"})
ENTRY = frozenset(
    {"id", "day", "reason", "document", "kind", "actor", "seq", "entry", "business_date", "slack", "shortage"}
)
"""What entries and refusals of guards know beside measures and dimensions."""


OF_SELF = Meaning("path", "self")


def find(facts: Facts) -> Iterable[Problem]:
    for place in facts.places:
        what = place.meaning.what
        if what == "path" and isinstance(place.name, str):
            yield from _judged(facts, place, place.name)
        elif what == "filter":
            yield from _filter(facts, place)
        elif what == "text" and not _is_heading(place):
            yield from _words(facts, place)


def _filter(facts: Facts, place: Place) -> Iterator[Problem]:
    found, problems = read_filter(place.name, place.path)
    yield from problems
    for condition in found.conditions() if found else ():
        yield from _judged(facts, place, condition.field)


def _is_heading(place: Place) -> bool:
    """Words that stand over something, or with no record at hand, have no placeholders."""
    is_of_record = place.frame.self_ or place.frame.ledger
    return not is_of_record or place.property.partition(".")[0] in {"label", "help"}


def _words(facts: Facts, place: Place) -> Iterator[Problem]:
    """Placeholders over a record. Words of guards name measures and dimensions too."""
    texts = place.name
    for words in texts.values() if isinstance(texts, dict) else [texts]:
        for found in PLACEHOLDER.finditer(str(words)):
            yield from _judged(facts, place, found[1])


def _judged(facts: Facts, place: Place, path: str) -> Iterator[Problem]:
    frame, of = place.frame, place.meaning.of or "self"
    head, _, rest = path.partition(".")
    if head == "payload" and frame.has_payload:
        return
    if head == "outer" and frame.outer is not None and rest:
        yield from _judged(facts, place._replace(frame=frame.outer, meaning=OF_SELF), rest)
        return
    entity = frame.entity(of)
    model = facts.package.entity(entity)
    if model is not None and not frame.ledger and model.field(path) is not None:
        return  # Most name a field and go no further.
    if path.partition(".")[0] in AROUND or not path.replace("_", "").replace(".", "").isalnum():
        return  # Surroundings are always there; anything but a path is an expression, which is compiled elsewhere.
    if of == "report":
        return  # Another check says which columns a report lacks.
    if frame.report and place.property.startswith("sort.") and _is_column(facts.package, frame.report, path):
        return
    # What an action or a recipient of a threshold rule looks for are records, though a balance is at hand.
    if frame.ledger and not (entity and (frame.source == "records" or of == "other")):
        is_known = _leads_in_ledger(facts.package, frame, path)
    else:
        is_known = model is None or steps(facts.package, entity, path) is not None
    if not is_known:
        yield Problem("E102", place.path, {"name": path, **near(path, _names(facts.package, frame, entity))})


def _is_column(package: Package, report: str, path: str) -> bool:
    """Rows are put in order by any column, those of parts and formulas among them."""
    found = package.report(report)
    return found is not None and found.column(path) is not None


def _leads_in_ledger(package: Package, frame: Frame, path: str) -> bool:
    ledger = package.ledger(frame.ledger)
    head, dot, rest = path.partition(".")
    if ledger is None or head in ENTRY or (ledger.measure(head) and not dot):
        return True
    if head == "pooled" and frame.source == "balances":
        return ledger.costing is not None and rest == ledger.costing.value
    if head == "balance" or head in FLOWS.get(frame.source, ()):
        return ledger.measure(rest) is not None
    dimension = ledger.dimension(head)
    if dimension is None:
        return False
    return not dot or not dimension.entity or steps(package, dimension.entity, rest) is not None


def _names(package: Package, frame: Frame, entity: str) -> list[str]:
    model: Any = package.entity(entity)
    ledger = package.ledger(frame.ledger)
    own = [f.key for f in model.fields] if model else []
    return own + ([d.key for d in ledger.dimensions] + [m.key for m in ledger.measures] if ledger else [])


CHECK = Check("unknown_paths", ("E102", "FILTER_SHAPE", "FILTER_OPERATOR", "FILTER_VALUE"), find)
