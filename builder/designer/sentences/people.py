"""People as forms: whom a rule names, as one text each, and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from builder.designer.sentences import conditions

Body = Mapping[str, Any]
Form = Mapping[str, Sequence[str]]


def recipient_text(recipient: Body) -> str:
    """``owner``, ``actor``, ``role:buyer``, ``field:salesman``, ``user:wang``, ``head:0``, ``head:1:department``; what is found by a filter as
    ``found:`` and its JSON."""
    if recipient.get("entity"):
        return f"found:{json.dumps(dict(recipient), ensure_ascii=False)}"
    if recipient.get("head") is not None:
        unit = recipient.get("unit")
        return f"head:{recipient['head']}" + (f":{unit}" if unit else "")
    if recipient.get("actor"):
        return "actor"
    return next((f"{k}:{recipient[k]}" for k in ("role", "field", "user") if recipient.get(k)), "owner")


def recipient_from(text: str) -> dict[str, Any]:
    """Who that names; ``owner`` where it names nobody."""
    sort, _, name = text.partition(":")
    if sort == "head":
        levels, _, unit = name.partition(":")
        return {"head": max(whole(levels), 0), **({"unit": unit} if unit else {})}
    if sort == "found":
        try:
            found = json.loads(name)
        except ValueError:
            found = None
        return found if isinstance(found, dict) else {"owner": True}
    if sort == "actor":
        return {"actor": True}
    return {sort: name} if name and sort in {"role", "field", "user"} else {"owner": True}


def whole(text: str) -> int:
    sign = text.strip().removeprefix("-")
    return int(text) if sign.isdecimal() and len(sign) < 6 else 0


def levels_form(levels: Sequence[Body], at: str) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for index, level in enumerate(levels):
        form[f"{at}.{index}.hours"] = [str(level.get("hours", 0))]
        form[f"{at}.{index}.to"] = [recipient_text(one) for one in level.get("to", ())]
    return form


def levels_from(form: Form, at: str) -> list[dict[str, Any]]:
    """Who takes a ticket over, level by level; without anybody it is who heads the department. ``more`` asks for one level more."""
    levels: list[dict[str, Any]] = []
    for index in conditions.indexes(form, at):
        if _one(form, f"{at}.{index}.gone"):
            continue
        to = [recipient_from(text) for text in form.get(f"{at}.{index}.to", ()) if text]
        hours = max(whole(_one(form, f"{at}.{index}.hours")), 0)
        levels.append({"hours": hours, **({"to": to} if to else {})})
    if _one(form, f"{at}.more"):
        levels.append({"hours": levels[-1]["hours"] + 24 if levels else 24})
    return levels


def _one(form: Form, key: str) -> str:
    values = form.get(key, ())
    return values[-1] if values else ""
