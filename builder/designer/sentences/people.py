"""People as forms: whom a rule names, as one text each, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from builder.designer.edits.approvals import USER_FIELDS
from builder.designer.sentences import conditions, filters
from builder.designer.sentences.rows import Drawing
from builder.designer.sentences.within import filter_from, over

Body = Mapping[str, Any]
Form = Mapping[str, Sequence[str]]


def people_form(people: Sequence[Body], at: str) -> dict[str, list[str]]:
    """Whom a rule names: one text each under ``at``. Who is found by a condition is a place (``found:0``), whose rows stand below it."""
    form: dict[str, list[str]] = {at: []}
    found = 0
    for one in people:
        if not one.get("entity"):
            form[at].append(recipient_text(one))
            continue
        place = found_at(at, found)
        form[at].append(f"found:{found}")
        form |= {f"{place}.entity": [str(one["entity"])], f"{place}.person": [str(one.get("person") or "")]}
        form |= filters.to_form(one.get("filter"), f"{place}.filter")
        found += 1
    return form


def found_at(at: str, index: int) -> str:
    """Where the rows of people who are found stand in a form."""
    return f"{at}.found.{index}"


def people_from(form: Form, at: str, drawing: Drawing | None = None) -> list[dict[str, Any]]:
    """Whom the form names, ``{at}.found.new`` (an entity whose records name people) included."""
    texts = [text for text in form.get(at, ()) if text]
    listed = [f"found:{index}" for index in conditions.indexes(form, f"{at}.found")]
    people = []
    for text in dict.fromkeys((*texts, *listed)):
        sort, _, index = text.partition(":")
        one = _found_from(form, f"{at}.found.{index}", drawing) if sort == "found" else recipient_from(text)
        people += [one] if one is not None else []
    new = _one(form, f"{at}.found.new")
    return [*people, {"entity": new, "person": person_of(drawing, new)}] if new else people


def _found_from(form: Form, at: str, drawing: Drawing | None) -> dict[str, Any] | None:
    entity, person = _one(form, f"{at}.entity"), _one(form, f"{at}.person")
    if not entity or _one(form, f"{at}.gone"):
        return None
    where = filter_from(form, f"{at}.filter", over(drawing, entity) if drawing is not None else None)
    named = person_of(drawing, entity, person)
    return {"entity": entity, **({"filter": where} if where else {}), "person": named}


def person_of(drawing: Drawing | None, entity: str, wanted: str = "") -> str:
    """The field of an entity's records that names people: the one that is wanted, where it has it, else its first."""
    if drawing is None:
        return wanted
    names = naming(drawing, entity)
    return wanted if wanted in names or not names else names[0]


def naming(drawing: Drawing, entity: str) -> list[str]:
    """The fields of an entity's records that name people."""
    model = drawing.pickers.package.entity(entity)
    return [f.key for f in (model.fields if model else ()) if f.type in USER_FIELDS]


def recipient_text(recipient: Body) -> str:
    """``owner``, ``actor``, ``role:buyer``, ``field:salesman``, ``user:wang``, ``head:0``, ``head:1:department``."""
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
        form |= people_form(level.get("to", ()), f"{at}.{index}.to")
    return form


def levels_from(form: Form, at: str, drawing: Drawing | None = None) -> list[dict[str, Any]]:
    """Who takes a ticket over, level by level; without anybody it is who heads the department. ``more`` asks for one level more."""
    levels: list[dict[str, Any]] = []
    for index in conditions.indexes(form, at):
        if _one(form, f"{at}.{index}.gone"):
            continue
        to = people_from(form, f"{at}.{index}.to", drawing)
        hours = max(whole(_one(form, f"{at}.{index}.hours")), 0)
        levels.append({"hours": hours, **({"to": to} if to else {})})
    if _one(form, f"{at}.more"):
        levels.append({"hours": levels[-1]["hours"] + 24 if levels else 24})
    return levels


def _one(form: Form, key: str) -> str:
    values = form.get(key, ())
    return values[-1] if values else ""
