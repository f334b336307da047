"""Frames: the surroundings in which a property's value is understood, found while going down a definition. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from builder.metadata.access import Grant, LedgerGrant
from builder.metadata.computation import (
    NEEDED,
    ROLLED,
    SCHEDULED,
    Combination,
    Computation,
    ComputationLines,
    Demand,
    Policy,
    Price,
    Resources,
    Structure,
    Supply,
    Tasks,
)
from builder.metadata.entity import (
    BalanceSource,
    Conversion,
    CopiedLines,
    Entity,
    Field,
    OpenQuantity,
    Posting,
    Rollup,
)
from builder.metadata.first_steps import FirstStep
from builder.metadata.form import Form, FormNode, Proposal, View
from builder.metadata.ledger import Guard, IssueOrder, Ledger
from builder.metadata.offer import Offer
from builder.metadata.package import Package
from builder.metadata.report import DataSet, Figure, Health, Print, Report, ReportPart, Step
from builder.metadata.rule import Action, Recipient, Rule, Trigger
from builder.metadata.workflow import Approver, Workflow

TARGETED = frozenset({"update", "convert", "transition"})


class Frame(NamedTuple):
    """``self_`` is the entity at hand, ``line`` the lines at hand, ``other`` and ``other_line`` what is referred to, ``target`` what
    an action acts on; ``ledger`` and ``grain`` the balances at hand, ``report`` the report, with ``columns`` beside its own. ``source`` says what columns and filters
    read: ``records balances entries movements``. All are keys, empty for none. ``field`` is the field that a value belongs to. ``inner`` is the entity that
    the actions inside one act on, ``outer`` the surroundings of the action that holds them, where those are others; ``has_payload``: a message
    from outside is at hand."""

    self_: str = ""
    line: str = ""
    other: str = ""
    other_line: str = ""
    target: str = ""
    ledger: str = ""
    grain: str = ""
    report: str = ""
    columns: tuple[str, ...] = ()
    source: str = "records"
    result_of: str = ""
    field: Field | None = None
    inner: str | None = None
    outer: Frame | None = None
    has_payload: bool = False

    def entity(self, of: str) -> str:
        """The entity that ``of`` (see ``meanings``) stands for."""
        if of in {"self", "source", "part"}:
            return self.self_
        return str(getattr(self, of, ""))


def lines_entity(package: Package, entity: str, key: str) -> str:
    """The entity of a lines (or reference) field; empty where there is none."""
    found = package.entity(entity)
    field = found.field(key) if found else None
    return (field.entity or "") if field else ""


def entity_at(package: Package, entity: str, path: str) -> str:
    """The entity at the end of a path of references; empty where the path leads nowhere."""
    for part in filter(None, path.split(".")):
        found = package.entity(entity)
        if found is not None and part == "parent":
            entity = found.parent or ""
        else:
            entity = lines_entity(package, entity, part)
    return entity


def _entity(model: Entity, frame: Frame, package: Package) -> Frame:
    return Frame(self_=model.key, line=model.key)


def _field(model: Field, frame: Frame, package: Package) -> Frame:
    return frame._replace(other=model.entity or "", field=model)


def _approver(model: Approver, frame: Frame, package: Package) -> Frame:
    return frame._replace(other=model.entity or "")


def _rollup(model: Rollup, frame: Frame, package: Package) -> Frame:
    return frame._replace(other=model.entity)


def _ledger_of(model: BalanceSource | Offer | OpenQuantity, frame: Frame, package: Package) -> Frame:
    return frame._replace(ledger=model.ledger)


def _ledger_grant(model: LedgerGrant, frame: Frame, package: Package) -> Frame:
    ledger = package.ledger(model.ledger)
    limited = ledger.dimension(model.dimension) if ledger else None
    return frame._replace(ledger=model.ledger, other=(limited.entity or "") if limited else "")


def _posting(model: Posting, frame: Frame, package: Package) -> Frame:
    line = lines_entity(package, frame.self_, model.each) if model.each else frame.self_
    entity = package.entity(frame.self_)
    earlier = next((p for p in entity.postings if p.key == model.depends_on), None) if entity else None
    return frame._replace(ledger=model.ledger, line=line, result_of=earlier.ledger if earlier else "")


def _conversion(model: Conversion, frame: Frame, package: Package) -> Frame:
    line = lines_entity(package, frame.self_, model.lines.from_) if model.lines else frame.self_
    to = lines_entity(package, model.to, model.lines.to) if model.lines else ""
    return frame._replace(other=model.to, line=line, other_line=to)


def _copied_lines(model: CopiedLines, frame: Frame, package: Package) -> Frame:
    line = lines_entity(package, frame.self_, model.from_)
    return frame._replace(line=line, other_line=lines_entity(package, frame.other, model.to))


def _form_node(model: FormNode, frame: Frame, package: Package) -> Frame:
    is_lines = model.kind == "lines"
    return frame._replace(line=lines_entity(package, frame.self_, model.field) if is_lines else "")


def _proposal(model: Proposal, frame: Frame, package: Package) -> Frame:
    return frame._replace(other=lines_entity(package, frame.line, model.field))


def _of_entity(
    model: Form | View | Workflow | Grant | DataSet | Print, frame: Frame, package: Package
) -> Frame:
    return Frame(self_=model.entity, line=model.entity)


def _first_step(model: FirstStep, frame: Frame, package: Package) -> Frame:
    view = package.view(model.view)
    return Frame(self_=view.entity if view else "")


def _ledger(model: Ledger, frame: Frame, package: Package) -> Frame:
    return Frame(ledger=model.key)


def _guard(model: Guard, frame: Frame, package: Package) -> Frame:
    return frame._replace(grain=model.grain)


def _issue_order(model: IssueOrder, frame: Frame, package: Package) -> Frame:
    ledger = package.ledger(frame.ledger)
    pick = ledger.dimension(model.pick) if ledger else None
    return frame._replace(other=(pick.entity or "") if pick else "", grain=model.grain)


def _rule(model: Rule, frame: Frame, package: Package) -> Frame:
    when = model.when
    source = "balances" if when.kind == "threshold" else "records"
    return Frame(
        self_=when.entity or "",
        ledger=when.ledger or "",
        grain=when.grain or "",
        source=source,
        has_payload=when.kind == "webhook",
    )


def _trigger(model: Trigger, frame: Frame, package: Package) -> Frame:
    return frame._replace(self_=model.entity or "", ledger=model.ledger or "", grain=model.grain or "")


def element_of(package: Package, entity: str, action: Action) -> str:
    """The entity of the records that an *each* over records of ``entity`` goes through."""
    return entity_at(package, entity, action.each) if action.each else action.entity or ""


def _action(model: Action, frame: Frame, package: Package) -> Frame:
    if frame.inner is not None:
        around = frame._replace(inner=None)
        frame = Frame(self_=frame.inner, outer=around, has_payload=frame.has_payload)
    inner = element_of(package, frame.self_, model) if model.kind == "each" else None
    frame = frame._replace(inner=inner)
    target = entity_at(package, frame.self_, model.target) if model.target else _found_by(model, frame)
    other = model.entity or (target if model.kind in TARGETED else frame.self_)
    return frame._replace(other=other, target=target)


def _found_by(model: Action, frame: Frame) -> str:
    """What an action without a path acts on: the records that its filter finds, or the one at hand."""
    return model.entity or frame.self_ if model.kind in TARGETED else frame.self_


def _recipient(model: Recipient, frame: Frame, package: Package) -> Frame:
    return frame._replace(other=model.entity or "")


def _figure(model: Figure, frame: Frame, package: Package) -> Frame:
    return Frame(self_=model.entity, ledger=model.ledger)


def _report(model: Report, frame: Frame, package: Package) -> Frame:
    return Frame(self_=model.entity, ledger=model.ledger, source=model.source, report=model.key)


def _part(model: ReportPart, frame: Frame, package: Package) -> Frame:
    return frame._replace(self_=model.entity, ledger=model.ledger, source=model.source)


def _health(model: Health, frame: Frame, package: Package) -> Frame:
    source = model.kind if model.kind in {"balances", "entries"} else "records"
    return Frame(self_=model.entity, ledger=model.ledger, grain=model.grain, source=source)


def _step(model: Step, frame: Frame, package: Package) -> Frame:
    entity = model.entity or frame.self_
    return frame if entity == frame.self_ else frame._replace(self_=entity)


def _computation(model: Computation, frame: Frame, package: Package) -> Frame:
    """What a row has: a report's columns, or those of the calculation (with those of its policy)."""
    if model.combine is not None:
        report = package.report(model.combine.report)
        names = [c.name for c in report.columns] if report else []
        on_axes = tuple(f"{axis}.{name}" for axis in model.combine.axes for name in names)
        return Frame(report=model.combine.report, columns=on_axes, other=model.entity)
    if model.needs is not None:
        return Frame(report=model.needs.policy.report, columns=NEEDED, other=model.entity)
    if model.rollup is not None:
        return Frame(columns=ROLLED, other=model.entity)
    if model.schedule is not None:
        return Frame(report=model.schedule.tasks.report, columns=SCHEDULED, other=model.entity)
    return Frame(report=model.report, other=model.entity)


def _read(
    model: Combination | Structure | Demand | Supply | Policy | Price | Tasks | Resources,
    frame: Frame,
    package: Package,
) -> Frame:
    return Frame(report=model.report)


def _computed_lines(model: ComputationLines, frame: Frame, package: Package) -> Frame:
    return frame._replace(other_line=lines_entity(package, frame.other, model.field))


FRAMES: Mapping[type, Callable[[Any, Frame, Package], Frame]] = {
    Entity: _entity,
    Field: _field,
    Rollup: _rollup,
    Approver: _approver,
    BalanceSource: _ledger_of,
    Offer: _ledger_of,
    OpenQuantity: _ledger_of,
    LedgerGrant: _ledger_grant,
    Posting: _posting,
    Conversion: _conversion,
    CopiedLines: _copied_lines,
    Form: _of_entity,
    View: _of_entity,
    Workflow: _of_entity,
    Grant: _of_entity,
    DataSet: _of_entity,
    Print: _of_entity,
    FirstStep: _first_step,
    FormNode: _form_node,
    Proposal: _proposal,
    Ledger: _ledger,
    Guard: _guard,
    IssueOrder: _issue_order,
    Rule: _rule,
    Trigger: _trigger,
    Action: _action,
    Recipient: _recipient,
    Figure: _figure,
    Report: _report,
    ReportPart: _part,
    Health: _health,
    Step: _step,
    Computation: _computation,
    ComputationLines: _computed_lines,
    Combination: _read,
    Structure: _read,
    Demand: _read,
    Supply: _read,
    Policy: _read,
    Price: _read,
    Tasks: _read,
    Resources: _read,
}


def frame_of(model: Any, frame: Frame, package: Package) -> Frame:
    """The surroundings inside ``model``, given those around it."""
    make = FRAMES.get(type(model))
    return frame if make is None else make(model, frame, package)
