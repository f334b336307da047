"""Wording: a definition's message with its ``{field}`` places filled as people see the values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from builder.metadata.entity import Field
from builder.metadata.text import FIRST_LOCALE, LOCALES, Text, in_locale
from builder.record import Record, Value
from builder.rules.assignment import scale_of
from builder.rules.context import Context, Sees

PLACE = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*){0,3})\}")
Fields = tuple[tuple[str, str], ...]
YES_NO: Mapping[bool, Mapping[str, str]] = {
    True: {"zh-CN": "是", "en": "yes"},
    False: {"zh-CN": "否", "en": "no"},
}


HIDDEN = "***"
"""What stands where the reader may not see a field."""


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at a place of a text: its words by language, and the fields that it was read through, each with its entity. Whoever may not
    see one of those does not see the words."""

    words: Mapping[str, str]
    of: tuple[tuple[str, str], ...] = ()


Around = Callable[[str], Place | None]
"""What stands at a place that is not the record's own; None where the place is the record's."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text with what stands at its places, before anybody reads it."""

    text: Text
    places: Mapping[str, Place] = field(default_factory=dict)

    def to(self, sees: Sees | None = None) -> Text:
        """The text as somebody reads it who sees these fields; None: all of them. An unknown place stays as it is written."""
        if not self.places:
            return self.text
        languages = dict.fromkeys(LOCALES, self.text) if isinstance(self.text, str) else self.text
        return {locale: self._in(words, locale, sees) for locale, words in languages.items()}

    def _in(self, words: str, locale: str, sees: Sees | None) -> str:
        def put(match: re.Match[str]) -> str:
            place = self.places.get(match.group(1))
            if place is None:
                return match.group(0)
            is_seen = sees is None or all(sees(entity, key) for entity, key in place.of)
            return place.words.get(locale, "") if is_seen else HIDDEN

        return PLACE.sub(put, words)


WORDS = "words"
"""Where a ticket's source keeps what its words were made of."""


def kept_words(title: Said, body: Said) -> Mapping[str, Any]:
    """Both texts in JSON form, for readers who come later; nothing where no place of them is filled."""
    places = {**title.places, **body.places}
    if not places:
        return {}
    kept = {path: {"words": dict(p.words), "of": [list(pair) for pair in p.of]} for path, p in places.items()}
    return {WORDS: {"title": title.text, "body": body.text, "places": kept}}


def words_to(kept: Mapping[str, Any], sees: Sees | None) -> tuple[Text, Text]:
    """Title and body, of what ``kept_words`` kept, as somebody reads them who sees these fields."""
    places = {
        path: Place(one["words"], tuple((entity, key) for entity, key in one["of"]))
        for path, one in kept["places"].items()
    }
    return Said(kept["title"], places).to(sees), Said(kept["body"], places).to(sees)


def filled(text: Text | None, context: Context, record: Record) -> Text:
    """``text`` with every place filled from ``record``, in all its languages, for whoever acts."""
    return said(text, context, record).to(context.sight_of(context.actor.user_id))


def said(
    text: Text | None,
    context: Context,
    record: Record,
    *,
    old: Record | None = None,
    parent: Record | None = None,
    around: Around | None = None,
) -> Said:
    """``text`` with what stands at every place of it, from ``record``, in all its languages."""
    languages = dict.fromkeys(LOCALES, text) if isinstance(text, str) else dict(text or {})
    places = {name for words in languages.values() for name in PLACE.findall(words)}
    if not places:
        return Said(text or "")
    beside = {path: place for path in places if around and (place := around(path)) is not None}
    places -= beside.keys()
    ends = {path: _end_of(context, record.entity, path) for path in places}
    titles = {path: _title_path(context, target, path) for path, (_, target, _) in ends.items()}
    wanted = {*places, *(t for t in titles.values() if t)}
    values = context.values(wanted, record, old=old, parent=parent) if wanted else {}

    def at(path: str) -> Place:
        of, target, through = ends[path]
        title = titles[path]
        value = values.get(title) if title else None
        if value is None:
            value = values.get(path)
        elif title and target:
            through = (*through, (target, title.rpartition(".")[2]))
        return Place({locale: displayed(value, of, locale, context) for locale in languages}, through)

    return Said(text or "", {**beside, **{path: at(path) for path in places}})


def _end_of(context: Context, entity: str, path: str) -> tuple[Field | None, str | None, Fields]:
    """The field at the end of ``path``, the entity that it refers to, and all that the path goes through."""
    at: str | None = entity
    of: Field | None = None
    through: list[tuple[str, str]] = []
    for part in path.removeprefix("old.").split("."):
        if at is None:
            return None, None, tuple(through)
        if part == "parent" and part not in context.fields(at):
            at = context.entity(at).parent
            continue
        of = context.fields(at).get(part)
        through.append((at, part))
        at = context.target(at, part)
    return of, at, tuple(through)


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
