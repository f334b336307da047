"""Endpoints of the catalog: which template suits a business."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from builder.errors import InvalidError, Problem
from builder.metadata.catalog import catalog, choosing, label_of
from builder.metadata.choosing import Choosing, advise
from builder.runtime.api.body import answer
from builder.runtime.api.door import Door


def add_templates(api: Blueprint, door: Door) -> None:
    """``/templates/questions`` and ``/templates/advice``."""

    @api.get("/templates/questions")
    def questions() -> Response:
        door.identify(request)
        items = [
            {"key": q.key, "label": q.label, "answers": [{"key": a.key, "label": a.label} for a in q.answers]}
            for q in choosing().questions
        ]
        return answer({"items": items})

    @api.get("/templates/advice")
    def advice() -> Response:
        door.identify(request)
        known = choosing()
        found = advise(known, _answers(known), list(catalog()))
        items: list[dict[str, Any]] = [
            {
                "template": a.template,
                "label": label_of(a.template),
                "points": a.points,
                "reasons": list(a.reasons),
                "doubts": list(a.doubts),
            }
            for a in found
        ]
        return answer({"items": items})


def _answers(known: Choosing) -> dict[str, str]:
    """The answers, each checked: a question or an answer that there is not is told."""
    asked = {q.key: [a.key for a in q.answers] for q in known.questions}
    wrong = [
        Problem("VALUE_CHOICE", f"/{key}", {"field": key, "value": value[:80]})
        for key, value in request.args.items()
        if value not in asked.get(key, ())
    ]
    if wrong:
        raise InvalidError(problems=wrong)
    return dict(request.args.items())
