"""Actions: what people may do about an approval. One file per action."""

from __future__ import annotations

from builder.registry import Registry
from builder.workflow.actions.add_signer import ADD_SIGNER
from builder.workflow.actions.approve import APPROVE
from builder.workflow.actions.cc import CC
from builder.workflow.actions.comment import COMMENT
from builder.workflow.actions.kind import ActionKind
from builder.workflow.actions.reject import REJECT
from builder.workflow.actions.remove_signer import REMOVE_SIGNER
from builder.workflow.actions.reopen import REOPEN
from builder.workflow.actions.send_back import RETURN
from builder.workflow.actions.terminate import TERMINATE
from builder.workflow.actions.transfer import TRANSFER
from builder.workflow.actions.urge import URGE
from builder.workflow.actions.withdraw import WITHDRAW

ACTIONS: Registry[ActionKind] = Registry("approval action")

for _action in (
    APPROVE, REJECT, RETURN, TRANSFER, ADD_SIGNER, REMOVE_SIGNER, CC, URGE, COMMENT, WITHDRAW, TERMINATE, REOPEN,
):  # fmt: skip
    ACTIONS.register(_action.name, _action)
