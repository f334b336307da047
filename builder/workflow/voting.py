"""Voting: what the votes at one node come to, and who is asked next there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from builder.changes import ApprovalTask
from builder.workflow.standing import Added

LIVE = frozenset({"open", "waiting"})
COUNTED = frozenset({"open", "waiting", "approved"})
VOTERS = frozenset({"open", "waiting", "approved", "rejected"})
HUNDRED = 100

Verdict = Literal["undecided", "approved", "rejected"]


def mode_of(node: Mapping[str, Any], *, rescue: bool) -> str:
    return "any" if rescue else str(node.get("mode", "any"))


def verdict(
    mode: str, node: Mapping[str, Any], tasks: Sequence[ApprovalTask], added: Iterable[Added]
) -> Verdict:
    """What all votes of a node come to. Signers who were added must agree whatever the mode."""
    ids = {one.task for one in added}
    extra = [t for t in tasks if t.id in ids and t.status in VOTERS]
    declared = [t for t in tasks if t.id not in ids and t.status in VOTERS]
    if any(t.status == "rejected" for t in extra):
        return "rejected"
    found = _counted(node, declared) if mode == "votes" else _agreed(mode, declared)
    if found == "approved" and any(t.status != "approved" for t in extra):
        return "undecided"
    return found


def _agreed(mode: str, declared: Sequence[ApprovalTask]) -> Verdict:
    if any(t.status == "rejected" for t in declared):
        return "rejected"
    said = [t.status == "approved" for t in declared]
    enough = not said or any(said) if mode == "any" else all(said)
    return "approved" if enough else "undecided"


def _counted(node: Mapping[str, Any], declared: Sequence[ApprovalTask]) -> Verdict:
    """Rejected as soon as those who have not voted yet could not change it any more."""
    need = needed(node, len(declared))
    yes = sum(t.status == "approved" for t in declared)
    if yes >= need:
        return "approved"
    possible = yes + sum(t.status in LIVE for t in declared)
    return "undecided" if possible >= need else "rejected"


def needed(node: Mapping[str, Any], voters: int) -> int:
    """How many of ``voters`` must agree: a count, never more than there are; or a share, rounded up; without either, more than half."""
    if node.get("votes"):
        return min(int(node["votes"]), voters)
    if node.get("percent"):
        return -(-voters * int(node["percent"]) // HUNDRED)
    return voters // 2 + 1 if voters else 0


def due(mode: str, tasks: Sequence[ApprovalTask], added: Sequence[Added]) -> tuple[ApprovalTask, ...]:
    """The waiting tasks whose turn it is now."""
    live = {t.id for t in tasks if t.status in LIVE}
    positions = {t.id: t.position for t in tasks if t.status in LIVE}
    return tuple(t for t in tasks if t.status == "waiting" and not _is_held(t, mode, live, positions, added))


def _is_held(
    task: ApprovalTask, mode: str, live: set[int], positions: Mapping[int, int], added: Sequence[Added]
) -> bool:
    """Whether somebody comes first: a signer asked before, the one after whom a signer was asked, or whoever is earlier in turn."""
    for one in added:
        if one.place == "before" and one.anchor == task.id and one.task in live:
            return True
        if one.place == "after" and one.task == task.id and one.anchor in live:
            return True
    if any(one.task == task.id for one in added):
        return False
    return mode == "in_turn" and any(at < task.position for at in positions.values())
