"""Actions: what a rule may ask for, one small object per kind, in a registry that plug-ins join by the same call."""

from __future__ import annotations

from builder.registry import Registry
from builder.rules.actions.assign import ASSIGN
from builder.rules.actions.call import CALL
from builder.rules.actions.convert import CONVERT
from builder.rules.actions.create import CREATE
from builder.rules.actions.kind import ActionKind, Decided, Situation
from builder.rules.actions.notify import NOTIFY
from builder.rules.actions.refuse import REFUSE
from builder.rules.actions.set_fields import SET
from builder.rules.actions.ticket import TICKET
from builder.rules.actions.transition import TRANSITION
from builder.rules.actions.update import UPDATE

ACTIONS: Registry[ActionKind] = Registry("action")
for _kind in (SET, REFUSE, CREATE, UPDATE, CONVERT, TRANSITION, NOTIFY, CALL, ASSIGN, TICKET):
    ACTIONS.register(_kind.name, _kind)

__all__ = ["ACTIONS", "ActionKind", "Decided", "Situation"]
