"""Actions: what a rule may ask for, one small object per kind, in a registry that plug-ins join by the same call."""

from __future__ import annotations

from builder.registry import installed
from builder.rules.actions.assign import ASSIGN
from builder.rules.actions.branch import BRANCH
from builder.rules.actions.call import CALL
from builder.rules.actions.compute import COMPUTE
from builder.rules.actions.convert import CONVERT
from builder.rules.actions.create import CREATE
from builder.rules.actions.each import EACH
from builder.rules.actions.kind import ActionKind, Decided, Situation
from builder.rules.actions.notify import NOTIFY
from builder.rules.actions.print_form import PRINT
from builder.rules.actions.refuse import REFUSE
from builder.rules.actions.registry import ACTIONS, ENTRY_POINTS, plug_in
from builder.rules.actions.set_fields import SET
from builder.rules.actions.start_approval import START_APPROVAL
from builder.rules.actions.ticket import TICKET
from builder.rules.actions.transition import TRANSITION
from builder.rules.actions.update import UPDATE

_BUILT_IN = (SET, REFUSE, CREATE, UPDATE, CONVERT, TRANSITION, NOTIFY, CALL, ASSIGN, TICKET)
_MORE = (BRANCH, EACH, START_APPROVAL, PRINT, COMPUTE)
for _kind in (*_BUILT_IN, *_MORE):
    ACTIONS.register(_kind.name, _kind)
for _plugged in installed(ENTRY_POINTS):
    plug_in(_plugged)

__all__ = ["ACTIONS", "ActionKind", "Decided", "Situation", "plug_in"]
