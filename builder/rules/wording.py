"""Wording: a definition's message with its ``{field}`` places filled as people see the values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from builder.metadata.entity import Field
from builder.metadata.text import FIRST_LOCALE, LOCALES, Text, in_locale
from builder.record import Record, Value
from builder.rules.assignment import scale_of
from builder.rules.context import Context

PLACE = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*){0,3})\}")
YES_NO: Mapping[bool, Mapping[str, str]] = {
    True: {"zh-CN": "是", "en": "yes"},
    False: {"zh-CN": "否", "en": "no"},
}


Around = Callable[[str], Callable[[str], str] | None]
"""What stands at a place that is not the record's own: its words by language; None where the place is the record's."""


def filled(
    text: Text | None,
    context: Context,
    record: Record,
    *,
    old: Record | None = None,
    parent: Record | None = None,
    around: Around | None = None,
) -> Text:
    """``text`` with every place filled from ``record``, in all its languages. An unknown place stays as it is written."""
    languages = {FIRST_LOCALE: text} if isinstance(text, str) else dict(text or {})
    places = {name for words in languages.values() for name in PLACE.findall(words)}
    if not places:
        return text or ""
    beside = {path: words for path in places if around and (words := around(path)) is not None}
    places -= beside.keys()
    ends = {path: _end_of(context, record.entity, path) for path in places}
    shown = {path: of for path, (of, _) in ends.items()}
    titles = {path: _title_path(context, target, path) for path, (_, target) in ends.items()}
    wanted = {*places, *(t for t in titles.values() if t)}
    values = context.values(wanted, record, old=old, parent=parent) if wanted else {}
    if isinstance(text, str):
        languages = dict.fromkeys(LOCALES, text)

    def one(words: str, locale: str) -> str:
        def put(match: re.Match[str]) -> str:
            path = match.group(1)
            if path in beside:
                return beside[path](locale)
            value = values.get(titles[path] or path)
            if value is None:
                value = values.get(path)
            return displayed(value, shown[path], locale, context)

        return PLACE.sub(put, words)

    return {locale: one(words, locale) for locale, words in languages.items()}


def _end_of(context: Context, entity: str, path: str) -> tuple[Field | None, str | None]:
    """The field at the end of ``path`` and the entity that it refers to."""
    at: str | None = entity
    of: Field | None = None
    for part in path.removeprefix("old.").split("."):
        if at is None:
            return None, None
        if part == "parent" and part not in context.fields(at):
            at = context.entity(at).parent
            continue
        of = context.fields(at).get(part)
        at = context.target(at, part)
    return of, at


def _title_path(context: Context, target: str | None, path: str) -> str | None:
    """Where the title of a referenced record is read; None for other values."""
    entity = context.package.entity(target) if target else None
    if entity is None or entity.field(entity.title) is None:
        return None
    return f"{path}.{entity.title}"


def displayed(value: Value, of: Field | None, locale: str, context: Context | None = None) -> str:
    """One value as a person reads it: choices by label, money grouped, quantities without idle zeros."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES_NO[value].get(locale, YES_NO[value]["en"])
    if isinstance(value, tuple):
        return _joined((displayed(v, of, locale, context) for v in value), locale)
    if isinstance(value, Decimal):
        return _number(value, of)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if of is not None and of.type == "user" and isinstance(value, int) and context and context.directory:
        return context.directory.name_of(value)
    if of is not None and of.options:
        return next((in_locale(o.label, locale, o.key) for o in of.options if o.key == value), str(value))
    return str(value)


def _joined(parts: Iterable[str], locale: str) -> str:
    return ("、" if locale == FIRST_LOCALE else ", ").join(p for p in parts if p)


def _number(value: Decimal, of: Field | None) -> str:
    if of is not None and of.type == "money":
        return f"{value:,.{scale_of(of)}f}"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
