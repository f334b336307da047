"""Uses: what one place of a definition refers to, in whatever notation: a key, a path, an expression, a filter, words with
placeholders, a print, values of a record. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from builder.metadata.frames import Frame
from builder.metadata.mentions import (
    Pieces,
    column_pieces,
    expression_pieces,
    ledger_pieces,
    name_pieces,
    path_pieces,
    print_pieces,
    value_target,
)
from builder.metadata.package import Package
from builder.metadata.places import Parts, Place
from builder.metadata.targets import REST, Target

SINGLE: Mapping[str, str] = {"print_form": "print"} | {
    kind: kind
    for kind in (
        "entity", "ledger", "role", "view", "report", "dashboard", "setting", "rule", "connector", "computation",
    )
}  # fmt: skip
"""The kind of what a key means, by what is meant."""
IN_ENTITY = frozenset({"field", "state", "transition", "conversion", "posting"})
IN_LEDGER = frozenset({"measure", "dimension", "grain", "guard"})
PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*){0,4})\}")
CONSTANT = re.compile(r"\s*(['\"])([^'\"\\]*)\1\s*")
OBJECT = (dict, Mapping)
"""Whatever has properties; what is read from a file is a plain object, which is told soonest."""
HOMES = {"views": "view", "dashboards": "dashboard", "reports": "report", "ledgers": "ledger"}


class Use(NamedTuple):
    """One mention of a target. ``parts`` is where in the node; ``start`` to ``end`` the piece of the text there (both 0: all of it);
    ``is_key``: it is the key of an object. ``how`` is the notation."""

    place: Place
    target: Target
    parts: Parts
    how: str
    start: int = 0
    end: int = 0
    is_key: bool = False


def uses_of(package: Package, place: Place) -> Iterable[Use]:
    """Everything the place refers to, existing or not."""
    notation = _NOTATIONS.get(place.meaning.what)
    if notation is None or (place.name == "*" and place.meaning.star):
        return ()
    return notation(package, place)


def _single(package: Package, place: Place) -> Iterable[Use]:
    """A key that names its target by itself."""
    if not isinstance(place.name, str):
        return ()
    target = (SINGLE[place.meaning.what], place.name)
    return (Use(place, target, place.parts, "value", 0, 0, place.is_key),)


def _in_entity(package: Package, place: Place) -> Iterable[Use]:
    """A key of something that belongs to an entity."""
    meaning, name = place.meaning, place.name
    entity = place.frame.entity(meaning.of)
    if not entity or not isinstance(name, str):
        return ()
    return (Use(place, (meaning.what, entity, name), place.parts, "value", 0, 0, place.is_key),)


def _in_ledger(package: Package, place: Place) -> Iterable[Use]:
    """A key of something that belongs to a ledger."""
    ledger, name = place.frame.ledger, place.name
    if not ledger or not isinstance(name, str):
        return ()
    return (Use(place, (place.meaning.what, ledger, name), place.parts, "value", 0, 0, place.is_key),)


def _result(package: Package, place: Place) -> Iterable[Use]:
    """What a posting gives back: a measure, or the picked value of a dimension."""
    key, said = place.frame.ledger, place.name
    if not key or not isinstance(said, str):
        return ()
    ledger = package.ledger(key)
    name = said.removeprefix(f"{REST}.")
    is_dimension = ledger is not None and ledger.measure(name) is None and ledger.dimension(name) is not None
    target = ("dimension" if is_dimension else "measure", key, name)
    start = len(said) - len(name)
    return (Use(place, target, place.parts, "value", start, len(said) if start else 0, place.is_key),)


def _expression(package: Package, place: Place) -> Iterable[Use]:
    if not isinstance(place.name, str):
        return ()
    pieces = expression_pieces(package, place.frame, place.meaning.of, place.name)
    uses = [Use(place, piece.target, place.parts, "expression", piece.start, piece.end) for piece in pieces]
    constant = _assigned_constant(package, place)
    return uses if constant is None else [*uses, constant]


def _assigned_constant(package: Package, place: Place) -> Use | None:
    """A constant that is given to a choice: ``{"status": "'active'"}`` or a default."""
    word = CONSTANT.fullmatch(place.name) if place.meaning.expect in {"key", "own"} else None
    if word is None:
        return None
    entity, field = place.frame.self_, place.frame.field
    if place.meaning.expect == "key":
        entity = place.frame.entity(place.meaning.keys_of)
        model = package.entity(entity)
        field = model.field(place.key) if model else None
    if field is None or field.type != "choice":
        return None
    target = ("option", entity, field.key, word[2])
    return Use(place, target, place.parts, "expression", word.start(2), word.end(2))


# Filters


def _path(package: Package, place: Place) -> Iterable[Use]:
    return _along(package, place, place.name, place.parts, "path") if isinstance(place.name, str) else ()


def _along(package: Package, place: Place, path: str, parts: Parts, how: str) -> list[Use]:
    """What a path goes through that stands at ``parts``."""
    frame = place.frame
    if place.meaning.of == "report":
        pieces = column_pieces(package, frame.report, path)
    elif place.meaning.of == "source" and frame.source != "records":
        pieces = expression_pieces(package, frame, "guard", path) or ledger_pieces(package, frame, path)
    elif frame.ledger and not frame.entity(place.meaning.of):
        pieces = ledger_pieces(package, frame, path)
    else:
        pieces = _over_record(package, frame, frame.entity(place.meaning.of), path)
    return [Use(place, piece.target, parts, how, piece.start, piece.end) for piece in pieces]


def _over_record(package: Package, frame: Frame, entity: str, path: str) -> Pieces:
    is_around = path.startswith("outer.") and frame.outer is not None
    return name_pieces(package, frame, "self", path) if is_around else path_pieces(package, entity, path)


def _filter(package: Package, place: Place) -> Iterator[Use]:
    yield from _condition(package, place, place.name, place.parts)


def _condition(package: Package, place: Place, value: Any, parts: Parts) -> Iterator[Use]:
    if not isinstance(value, Mapping):
        return
    for name in ("and", "or"):
        for index, inner in enumerate(value.get(name) or ()):
            yield from _condition(package, place, inner, (*parts, name, index))
    if "not" in value:
        yield from _condition(package, place, value["not"], (*parts, "not"))
    path = value.get("field")
    if not isinstance(path, str):
        return
    yield from _along(package, place, path, (*parts, "field"), "filter")
    yield from _filter_value(package, place, path, value.get("value"), (*parts, "value"))


def _filter_value(package: Package, place: Place, path: str, value: Any, parts: Parts) -> Iterator[Use]:
    entity = place.frame.entity(place.meaning.of)
    if isinstance(value, Mapping) and isinstance(value.get("record"), str):
        for piece in _over_record(package, place.frame, place.frame.self_, value["record"]):
            yield Use(place, piece.target, (*parts, "record"), "filter", piece.start, piece.end)
        return
    if isinstance(value, Mapping) and isinstance(value.get("setting"), str):
        yield Use(place, ("setting", value["setting"]), (*parts, "setting"), "filter")
        return
    make = value_target(package, entity, path) if place.frame.source == "records" else None
    if make is None:
        return
    if isinstance(value, str):
        yield Use(place, make(value), parts, "filter")
    elif isinstance(value, list | tuple):
        for index, word in enumerate(value):
            if isinstance(word, str):
                yield Use(place, make(word), (*parts, index), "filter")


# Words, pages, values


def _words(package: Package, place: Place) -> Iterable[Use]:
    texts = place.name if isinstance(place.name, OBJECT) else {"": place.name}
    with_places = [(locale, words) for locale, words in texts.items() if "{" in words]
    return _named(package, place, with_places) if with_places else ()


def _named(package: Package, place: Place, texts: Iterable[tuple[str, str]]) -> Iterator[Use]:
    of = "guard" if place.frame.ledger and not place.frame.self_ else "self"
    for locale, words in texts:
        parts = (*place.parts, locale) if locale else place.parts
        for found in PLACEHOLDER.finditer(words):
            for piece in name_pieces(package, place.frame, of, found[1], found.start(1)):
                yield Use(place, piece.target, parts, "text", piece.start, piece.end)


def _home(package: Package, place: Place) -> Iterator[Use]:
    folder, _, key = str(place.name).partition("/")
    if folder in HOMES and key:
        start = len(folder) + 1
        yield Use(place, (HOMES[folder], key), place.parts, "value", start, start + len(key))


def _print(package: Package, place: Place) -> Iterator[Use]:
    for piece in print_pieces(package, place.frame.self_, str(place.name)):
        yield Use(place, piece.target, place.parts, "print", piece.start, piece.end)


def _value(package: Package, place: Place) -> Iterable[Use]:
    """Values of a record in JSON: keys of lines within them, states and options among them."""
    entity = package.entity(place.frame.entity(place.meaning.keys_of))
    field = entity.field(place.key) if entity and place.meaning.keys == "field" else None
    if entity is None or field is None:
        return ()
    if field.type == "choice" and isinstance(place.name, str):
        return (Use(place, ("option", entity.key, field.key, place.name), place.parts, "data"),)
    if field.type == "lines" and isinstance(place.name, list | tuple):
        return _rows(package, place, field.entity or "", place.name, place.parts)
    return ()


def _rows(package: Package, place: Place, entity: str, rows: Any, parts: Parts) -> Iterator[Use]:
    for index, row in enumerate(rows):
        if isinstance(row, OBJECT):
            yield from _record(package, place, entity, row, (*parts, index))


def _record(
    package: Package, place: Place, entity: str, values: Mapping[str, Any], parts: Parts
) -> Iterator[Use]:
    model = package.entity(entity)
    for key, value in values.items() if model else ():
        yield Use(place, ("field", entity, key), (*parts, key), "data", is_key=True)
        field = model.field(key) if model else None
        if field is None:
            continue
        if field.type == "choice" and isinstance(value, str):
            yield Use(place, ("option", entity, key, value), (*parts, key), "data")
        if field.type == "lines" and isinstance(value, list | tuple):
            yield from _rows(package, place, field.entity or "", value, (*parts, key))


def _expectation(package: Package, place: Place) -> Iterator[Use]:
    """What a step of a scenario expects: values, the state, balances."""
    expected, parts = place.name, place.parts
    entity = place.frame.entity(place.meaning.of)
    if not isinstance(expected, OBJECT):
        return
    values = expected.get("values")
    if isinstance(values, OBJECT):
        yield from _record(package, place, entity, values, (*parts, "values"))
    if isinstance(expected.get("state"), str) and entity:
        yield Use(place, ("state", entity, expected["state"]), (*parts, "state"), "data")
    balances = expected.get("balances")
    for index, row in enumerate(balances if isinstance(balances, list | tuple) else ()):
        if isinstance(row, OBJECT) and isinstance(row.get("ledger"), str):
            yield from _expected_balance(place, row, (*parts, "balances", index))
    created = expected.get("created")
    if isinstance(created, OBJECT):
        for key in created:
            yield Use(place, ("entity", key), (*parts, "created", key), "data", is_key=True)


def _expected_balance(place: Place, row: Mapping[str, Any], parts: Parts) -> Iterator[Use]:
    yield Use(place, ("ledger", row["ledger"]), (*parts, "ledger"), "data")
    for name, kind in (("dimensions", "dimension"), ("measures", "measure")):
        said = row.get(name)
        for key in said if isinstance(said, OBJECT) else ():
            yield Use(place, (kind, row["ledger"], key), (*parts, name, key), "data", is_key=True)


_NOTATIONS: Mapping[str, Callable[[Package, Place], Iterable[Use]]] = {
    **dict.fromkeys(SINGLE, _single),
    **dict.fromkeys(IN_ENTITY, _in_entity),
    **dict.fromkeys(IN_LEDGER, _in_ledger),
    "result": _result,
    "expression": _expression,
    "path": _path,
    "filter": _filter,
    "text": _words,
    "home": _home,
    "print": _print,
    "value": _value,
    "expectation": _expectation,
}
