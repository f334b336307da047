"""Matching: which column means which field, by key or by label in any language. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from builder.metadata.entity import Entity, Field
from builder.metadata.field_types.files import FILE_TYPES
from builder.metadata.package import Package
from builder.metadata.text import Text

BRACKETS = re.compile(r"[((\[【].*?[))\]】]\s*$")
HEADER_KEYS: Mapping[str, Text] = {
    "business_date": {"zh-CN": "业务日期", "en": "Business date"},
}
"""What every document has beside its fields."""
GENERATED = frozenset(
    {"auto_number", "created_by", "created_at", "updated_by", "updated_at", "balance", "rollup", *FILE_TYPES}
)
"""What a sheet cannot bring: the engine's own figures, and files."""


@dataclass(frozen=True)
class Target:
    """Where a column's values go: a field of the record, or with ``lines`` a field of its lines."""

    key: str
    field: Field | None = None
    lines: str = ""

    @property
    def name(self) -> str:
        return f"{self.lines}.{self.key}" if self.lines else self.key


@dataclass(frozen=True)
class Matched:
    """A target per column (None: it goes nowhere), and required fields that no column gives."""

    targets: tuple[Target | None, ...]
    missing: tuple[Field, ...]

    @property
    def mapping(self) -> Mapping[int, str]:
        return {i: t.name for i, t in enumerate(self.targets) if t is not None}


def normal(text: str) -> str:
    """A header without what people add: width, case, spaces, a star for required, a unit in brackets."""
    text = unicodedata.normalize("NFKC", text).casefold().strip("* \t\n")
    return "".join(c for c in BRACKETS.sub("", text) if c.isalnum() or c in "._")


def candidates(package: Package, entity: Entity) -> Iterator[tuple[Target, Sequence[str]]]:
    """Every target with the names that a header may have for it."""
    fields = [f for f in entity.fields if is_importable(f)]
    own = {f.key for f in fields}
    for field in fields:
        if field.type != "lines":
            yield Target(field.key, field), (*_names(field), *_short(entity, field))
    if entity.kind in {"document", "log"}:
        for key, label in HEADER_KEYS.items():
            if key not in own:
                # People call the day of a document simply its date.
                yield Target(key), (key, *_words(label), "日期", "date")
    for lines in fields:
        model = package.entity(lines.entity or "") if lines.type == "lines" else None
        for field in model.fields if model else ():
            if is_importable(field) and field.type != "lines":
                target = Target(field.key, field, lines.key)
                short = () if field.key in own else _names(field)
                yield target, (*_joined(lines, field), *short)


def is_importable(field: Field) -> bool:
    """Whether people enter the field."""
    return not (field.archived or field.is_computed or field.read_only or field.type in GENERATED)


def match(
    package: Package, entity: Entity, header: Sequence[str], chosen: Mapping[int, str] | None = None
) -> Matched:
    """Targets for the columns of ``header``; ``chosen`` (column → target's name, empty for none) wins."""
    known = list(candidates(package, entity))
    by_name = {target.name: target for target, _ in known}
    words: dict[str, Target] = {}
    for target, names in known:
        for name in names:
            words.setdefault(normal(name), target)
    taken: set[str] = set()
    targets: list[Target | None] = []
    for index, text in enumerate(header):
        found = by_name.get(chosen[index]) if chosen and index in chosen else words.get(normal(text))
        if found is not None and found.name in taken:
            found = None
        if found is not None:
            taken.add(found.name)
        targets.append(found)
    missing = tuple(
        f
        for f in entity.fields
        if f.required and is_importable(f) and not f.default and f.key not in taken and f.type != "lines"
    )
    return Matched(tuple(targets), missing)


def _names(field: Field) -> tuple[str, ...]:
    return (field.key, *_words(field.label))


def _short(entity: Entity, field: Field) -> Iterator[str]:
    """A label without the entity's own name before it: people write *Code* for *Item code*."""
    for of in _words(entity.label):
        for label in _words(field.label):
            head, tail = normal(label)[: len(normal(of))], normal(label)[len(normal(of)) :]
            if tail and head == normal(of):
                yield tail


def _words(text: Text) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text.values())


def _joined(lines: Field, field: Field) -> tuple[str, ...]:
    heads, tails = _names(lines), _names(field)
    return tuple(f"{head}{dot}{tail}" for head in heads for tail in tails for dot in (".", "-", "/", "·"))
