"""Saying: spans of time, shares and transitions in the reader's words."""

from __future__ import annotations

from builder.runtime.context import Context
from builder.runtime.pages.words import Words


def transition_label(ctx: Context, words: Words, name: str) -> str:
    """``Sales order: submit`` of ``sales_order.submit``."""
    key, _, transition = name.partition(".")
    entity, flow = ctx.app.package.entity(key), ctx.app.package.workflow_of(key)
    found = flow.transition(transition) if flow else None
    return f"{words.of(entity.label) if entity else ''}: {words.of(found.label) if found else ''}"


def lasted(words: Words, seconds: int | None) -> str:
    """``3.5 days``, ``40 minutes``: short, as people say it."""
    if seconds is None:
        return "–"
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            tenths = seconds * 10 // size
            number = (
                str(tenths // 10) if tenths >= 100 or not tenths % 10 else f"{tenths // 10}.{tenths % 10}"
            )
            return words.say(f"mirror.{unit}s", n=number)
    return words.say("mirror.moment")


def share(part: int, whole: int) -> str:
    """A part in percent; a dash of nothing."""
    return f"{part * 100 // whole}%" if whole else "–"
