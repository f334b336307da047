"""Moved: whether a document says something else than what was voted on, or must go another way now."""

from __future__ import annotations

from dataclasses import replace

from builder.workflow.flow import hash_now, ways
from builder.workflow.progress import Progress


def has_moved(p: Progress) -> bool:
    if p.definition["material"] and hash_now(p.definition, p.subject) != p.approval.content_hash:
        return True
    return ways(p.definition, p.subject) != p.standing.ways


def is_own_change(p: Progress) -> bool:
    """Whether an automatic step of this approval has changed the document within this very decision."""
    return p.standing.notes.get("auto_at") == p.subject.now.isoformat()


def absorb(p: Progress) -> None:
    """What the approval itself changed invalidates no vote."""
    p.approval = replace(p.approval, content_hash=hash_now(p.definition, p.subject))
    p.stand(ways=ways(p.definition, p.subject))
