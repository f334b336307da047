"""Approvals on what happened: which records would have asked for one and whom, against those that did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from builder.errors import BuilderError
from builder.expressions import ExpressionError
from builder.metadata.workflow import Transition
from builder.record import Record
from builder.rules.conditions import plain
from builder.runtime.context import Context
from builder.runtime.handlers.tasks import judge_of
from builder.runtime.subjects import subject_of
from builder.runtime.trying.looking import Batch, Kind, Look, at_moment
from builder.runtime.trying.past import Moment
from builder.storage import past as stored
from builder.storage.past import Begun
from builder.workflow.definition import definition_of
from builder.workflow.preview import foresee
from builder.workflow.transitions import starting


@dataclass
class ApprovalProbe:
    """An approval: which records would have asked for it and whom, against those that did, along the path of the definition of then."""

    ctx: Context
    uid: str
    key: str
    entity: str
    transition: Transition | None
    about: str = "approval"
    _begun: Mapping[int, Sequence[Begun]] = field(default_factory=dict)

    def prepare(self, batch: Batch) -> None:
        entity_id = self.ctx.app.maps.entity_id(self.entity)
        self._begun = stored.begun(self.ctx.conn, self.ctx.ws, entity_id, list(batch.records))

    def look(self, record: Record, moment: Moment) -> Iterable[Look]:
        then = self._then(record, moment)
        entered = moment.before is None or moment.before.state != moment.after.state
        would = entered and self._starts(moment)
        if then is None and not would:
            return
        now_path = self._path(moment) if would else None
        then_path = self._path_of(then.definition, moment, then.started_by) if then is not None else None
        kind: Kind | None = None
        if (then is not None) != would:
            kind = "more" if would else "fewer"
        elif then_path != now_path:
            kind = "otherwise"
        yield Look(then is not None, would, kind, then_path, now_path)

    def _then(self, record: Record, moment: Moment) -> Begun | None:
        """The approval that began at that moment."""
        if self.transition is not None and moment.after.state not in self.transition.from_:
            return None
        found = (b for b in self._begun.get(record.id, ()) if b.transition_uid == self.uid)
        return next((b for b in found if b.started_at == moment.step.at), None)

    def _on(self, moment: Moment) -> Context:
        return replace(self.ctx, environment=at_moment(self.ctx, moment))

    def _starts(self, moment: Moment) -> bool:
        workflow = self.ctx.app.package.workflow_of(self.entity)
        if workflow is None or self.transition is None:
            return False
        try:
            judge = judge_of(self._on(moment), moment.after, moment.before)
            return self.transition in starting(workflow, moment.after, judge)
        except ExpressionError:
            return False

    def _path(self, moment: Moment) -> Any:
        assert self.transition is not None
        after = moment.after
        definition = definition_of(self.ctx.app.package, self.entity, self.transition, after.state)
        definition["submitter_unit"], definition["people"] = after.org_unit_id, {}
        return self._path_of(definition, moment, moment.step.actor_id)

    def _path_of(self, definition: Mapping[str, Any], moment: Moment, by: int) -> Any:
        try:
            steps = foresee(definition, subject_of(self._on(moment), moment.after, moment.before), by)
        except (BuilderError, ExpressionError, LookupError) as error:
            return [[str(getattr(error, "code", "APPROVAL_PATH")), []]]
        return [[plain(s.label), list(s.users)] for s in steps if not s.skipped and s.kind == "approver"]
