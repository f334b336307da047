"""Mentions: what a text mentions, and where in it: paths, expressions, pages with placeholders. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

from builder.expressions.errors import ExpressionError
from builder.expressions.parse import parse
from builder.expressions.tree import Call, Compare, Constant, ListOf, Node, Path, walk
from builder.metadata.entity import Field
from builder.metadata.frames import Frame
from builder.metadata.package import Package
from builder.metadata.paths import steps
from builder.metadata.targets import REST, Target

OF_MEASURES = frozenset(
    {"balance", "old", "pooled", "opening", "added", "taken", "closing", "added_on", "taken_on"}
)
"""What may stand before a measure: which of its figures is meant."""
LEDGER_SCOPES = frozenset({"guard", "measures", "standing", "dimensions", "cost", "change"})


class Piece(NamedTuple):
    """A target mentioned within a text, from ``start`` to ``end``."""

    target: Target
    start: int
    end: int


Pieces: TypeAlias = Sequence[Piece]
"""Handed up whole: a generator in a generator for every name would cost more than finding it."""


# Paths


def path_pieces(package: Package, entity: str, path: str, offset: int = 0) -> Pieces:
    """The fields that a path over records of ``entity`` goes through; as far as it leads."""
    if "." not in path:  # Most name a field and go no further.
        model = package.entity(entity)
        is_known = model is not None and model.field(path) is not None
        return (Piece(("field", entity, path), offset, offset + len(path)),) if is_known else ()
    parts = path.split(".")
    found: tuple[Any, ...] | None = None
    for count in range(len(parts), 0, -1):
        found = steps(package, entity, ".".join(parts[:count]))
        if found is not None:
            break
    at = offset
    pieces: list[Piece] = []
    for step in found or ():
        if step.field is not None:
            pieces.append(Piece(("field", step.entity, step.name), at, at + len(step.name)))
        at += len(step.name) + 1
    return pieces


def ledger_pieces(package: Package, frame: Frame, path: str, offset: int = 0) -> Pieces:
    """The measure or dimension, and the fields of its record, that a path over balances or entries names."""
    ledger = package.ledger(frame.ledger)
    head, dot, rest = path.partition(".")
    if ledger is None:
        return ()
    if head in OF_MEASURES and ledger.measure(rest):
        start = offset + len(f"{head}.")
        return (Piece(("measure", ledger.key, rest), start, start + len(rest)),)
    if ledger.measure(head):
        return (Piece(("measure", ledger.key, head), offset, offset + len(head)),)
    dimension = ledger.dimension(head)
    if dimension is None:
        return ()
    first = Piece(("dimension", ledger.key, head), offset, offset + len(head))
    if dot and dimension.entity:
        return (first, *path_pieces(package, dimension.entity, rest, offset + len(head) + 1))
    return (first,)


def column_pieces(package: Package, key: str, path: str, offset: int = 0) -> Pieces:
    """What a name of a report's column leads to: one without a key of its own is called by what it shows."""
    report = package.report(key)
    if report is None or not any(c.field == path and not c.key for c in report.columns):
        return ()
    frame = Frame(self_=report.entity, ledger=report.ledger, source=report.source)
    return name_pieces(package, frame, "source", path, offset)


def name_pieces(package: Package, frame: Frame, of: str, path: str, offset: int = 0) -> Pieces:
    """What a name in an expression refers to at such a place."""
    head, _, rest = path.partition(".")
    entity = frame.entity("line" if of == "posting" else of)
    is_ledger = of in LEDGER_SCOPES or (
        of in {"self", "source", "part"} and frame.source != "records" and bool(frame.ledger)
    )
    if head == "setting":
        return (Piece(("setting", rest), offset + 8, offset + 8 + len(rest)),)
    if is_ledger:
        return ledger_pieces(package, frame, path, offset)
    if head == "result" and frame.result_of:
        return (_result_piece(package, frame.result_of, rest, offset + 7),)
    if head == "outer" and frame.outer is not None:
        return name_pieces(package, frame.outer, "self", rest, offset + 6)
    if head == "payload" and frame.has_payload:
        return ()
    if head == "old":
        return path_pieces(package, entity, rest, offset + 4)
    if of == "report":
        return column_pieces(package, frame.report, path, offset)
    return path_pieces(package, entity, path, offset)


def _result_piece(package: Package, key: str, name: str, offset: int) -> Piece:
    """The measure, or the picked dimension, of the earlier posting's ledger that ``result.name`` speaks of."""
    start = offset + (len(REST) + 1 if name.startswith(f"{REST}.") else 0)
    name = name.removeprefix(f"{REST}.")
    ledger = package.ledger(key)
    is_picked = ledger is not None and ledger.measure(name) is None and ledger.dimension(name) is not None
    return Piece(("dimension" if is_picked else "measure", key, name), start, start + len(name))


# Expressions


def expression_pieces(package: Package, frame: Frame, of: str, source: str) -> tuple[Piece, ...]:
    """Everything an expression mentions: names, states and options that it compares with, ledgers and measures in BALANCE.
    Empty where it cannot be read."""
    try:
        naming = _naming(source)
    except ExpressionError:
        return ()
    if not naming:
        return ()
    found: list[Piece] = []
    for node in naming:
        if isinstance(node, Path):
            found.extend(name_pieces(package, frame, of, node.path, node.at))
        elif isinstance(node, Call):
            found.extend(_balance(node))
        else:
            found.extend(_compared(package, frame, of, node))
    return tuple(found)


@lru_cache(maxsize=4096)
def _naming(source: str) -> tuple[Path | Call | Compare, ...]:
    """The parts of an expression that can name something: paths, comparisons, and what asks for a balance."""
    return tuple(
        node
        for node in walk(parse(source).root)
        if isinstance(node, Path | Compare) or (isinstance(node, Call) and node.function == "BALANCE")
    )


def _text(node: Node) -> str | None:
    return node.value if isinstance(node, Constant) and isinstance(node.value, str) else None


def _constant(target: Target, node: Node) -> Piece:
    """The piece inside the quotes of a constant."""
    return Piece(target, node.at + 1, node.end - 1)


def _balance(node: Call) -> Iterator[Piece]:
    words = [_text(argument) for argument in node.arguments[:2]]
    if words and words[0] is not None:
        yield _constant(("ledger", words[0]), node.arguments[0])
        if len(words) == 2 and words[1] is not None:
            yield _constant(("measure", words[0], words[1]), node.arguments[1])


def _compared(package: Package, frame: Frame, of: str, node: Compare) -> Iterator[Piece]:
    """States and options that a path is compared with."""
    sides = (node.first, *node.rest)
    for left, right in pairwise(sides):
        for path, other in ((left, right), (right, left)):
            if not isinstance(path, Path):
                continue
            make = _value_target(package, frame, of, path.path)
            constants = other.items if isinstance(other, ListOf) else (other,)
            for constant in constants:
                word = _text(constant)
                if make is not None and word is not None:
                    yield _constant(make(word), constant)


def _value_target(package: Package, frame: Frame, of: str, path: str) -> Callable[[str], Target] | None:
    """How a constant that stands beside ``path`` is to be read: a state, an option of its field, or (None) plain text."""
    head, dot, rest = path.partition(".")
    if head == "outer" and dot and frame.outer is not None:
        return _value_target(package, frame.outer, "self", rest)
    entity = frame.entity("line" if of == "posting" else of)
    if head == "old" and dot:
        path = rest
    ledger = package.ledger(frame.ledger) if of in LEDGER_SCOPES else None
    dimension = ledger.dimension(head) if ledger else None
    if dimension is not None and dimension.entity:
        entity, path = dimension.entity, rest
    return value_target(package, entity, path)


def value_target(package: Package, entity: str, path: str) -> Callable[[str], Target] | None:
    found = steps(package, entity, path) if path else None
    if not found:
        return None
    last = found[-1]
    if last.field is None:
        return (lambda word: ("state", last.entity, word)) if last.name == "state" else None
    if last.field.type in {"choice", "multi_choice"}:
        return lambda word: ("option", last.entity, last.name, word)
    return (lambda word: ("role", word)) if last.field.type == "role" else None


# Pages

LOOP = re.compile(r"\{%-?\s*for\s+([a-z_]+)\s+in\s+record\.([a-z_][a-z0-9_]*)")
MENTION = re.compile(r"(?<![\w.'\"])(record|setting|[a-z_]+)\.([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*){0,3})")


def print_names(package: Package, entity: str, template: str) -> Iterator[tuple[str, str, int]]:
    """(entity, path, position) of every record value that a page template shows; ``setting`` as entity for settings."""
    loops = {"record": entity}
    model = package.entity(entity)
    for found in LOOP.finditer(template):
        field: Field | None = model.field(found[2]) if model else None
        loops[found[1]] = (field.entity or "") if field else ""
    for found in MENTION.finditer(template):
        if found[1] == "setting":
            yield "setting", found[2], found.start(2)
        elif loops.get(found[1]):
            yield loops[found[1]], found[2], found.start(2)


def print_pieces(package: Package, entity: str, template: str) -> Iterator[Piece]:
    for of, path, at in print_names(package, entity, template):
        if of == "setting":
            yield Piece(("setting", path), at, at + len(path))
        else:
            yield from path_pieces(package, of, path, at)
