"""Within: what is at hand inside a part of a rule: the elements that an action goes through, the records that a filter looks at. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from builder.designer.sentences import filters
from builder.designer.sentences.rows import Drawing
from builder.metadata.frames import Frame, entity_at

Body = Mapping[str, Any]
Form = Mapping[str, Sequence[str]]


def inside(drawing: Drawing | None, action: Body) -> Drawing | None:
    """The surroundings of the actions inside an *each*: its elements, and around them what is at hand outside."""
    if drawing is None:
        return None
    package, frame = drawing.pickers.package, drawing.frame
    path = str(action.get("each") or "")
    entity = entity_at(package, frame.self_, path) if path else str(action.get("entity") or "")
    if not entity and action.get("target"):
        entity = entity_at(package, frame.self_, str(action["target"]))
    return over(drawing, entity or frame.self_)


def over(drawing: Drawing, entity: str) -> Drawing:
    """The surroundings of a filter over the records of an entity."""
    frame = drawing.frame
    return replace(drawing, frame=Frame(self_=entity, outer=frame, has_payload=frame.has_payload))


def filter_from(form: Form, at: str, drawing: Drawing | None) -> dict[str, Any] | None:
    """The filter that rows say, a row that was only just begun included."""
    rows = filters.rows_from(form, at)
    return filters.composed(rows if drawing is None or rows.source else drawing.completed_filter(rows))
