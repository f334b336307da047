"""Previewing: what an import would do, before anything is written: columns matched, rows counted, the first ones tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from builder.commands import Actor, Command, CreateRecord, WriteRecords
from builder.errors import BuilderError, Problem
from builder.metadata.entity import Entity
from builder.runtime.context import Context
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.imports.matching import Matched, match
from builder.runtime.imports.reading import Document, Reader
from builder.runtime.imports.sheets import Sheet, read_sheet
from builder.runtime.opening import open_reading

TRIED = 50
SHOWN = 20
LOT = 500


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with a row: its number in the sheet, and the problem."""

    row: int
    problem: Problem


@dataclass(frozen=True)
class Preview:
    """``count`` records would be made; the first ``tried`` were decided in full and ``problems`` says what is wrong with them, and with the
    texts of all others. ``rows`` are the first rows as they stand in the sheet."""

    entity: Entity
    sheet: Sheet
    matched: Matched
    count: int
    tried: int
    rows: tuple[tuple[str, ...], ...]
    problems: tuple[RowProblem, ...]


def preview(
    engine: Engine,
    actor: Actor,
    app: str,
    entity: str,
    content: bytes,
    *,
    chosen: Mapping[int, str] | None = None,
    sheet: str | None = None,
    upsert_by: str | None = None,
) -> Preview:
    """Read the file for ``entity`` as the actor would import it. Records that ``upsert_by`` finds are changed, not made again. Raises where the file is no sheet or the actor may not create."""
    found = read_sheet(content, sheet)
    with engine.database.snapshot() as conn:
        ctx = open_reading(engine, conn, actor, app, engine.clock.now())
        model = may_import(ctx, entity)
        matched = visible(ctx, model, match(ctx.app.package, model, found.header, chosen))
        documents = list(Reader(ctx, model, matched).documents(found.lines))
        taken = list(_taken(ctx, model, documents, upsert_by))
    problems = [RowProblem(row, p) for document in documents for row, p in document.problems] + taken
    tried = [d for d in documents[:TRIED] if not d.problems]
    if not matched.missing:
        problems.extend(
            RowProblem(d.rows[0], p) for d in tried for p in _tried(engine, actor, app, entity, d, upsert_by)
        )
    problems.sort(key=lambda p: p.row)
    rows = tuple(line.cells for line in found.lines[:SHOWN])
    return Preview(model, found, matched, len(documents), len(tried), rows, tuple(problems))


def may_import(ctx: Context, entity: str) -> Entity:
    """The entity, if the actor may make records of it and may do so from a file; else what ``Kernel.check`` raises."""
    ctx.kernel.check("create", entity)
    return ctx.kernel.check("import", entity)


def visible(ctx: Context, entity: Entity, matched: Matched) -> Matched:
    """Without columns that the actor may not write: to it such a field does not exist."""

    def may(name: str, lines: str) -> bool:
        of = entity.field(lines) if lines else None
        owner = (of.entity or "") if of is not None else entity.key
        if lines and not ctx.kernel.is_writable(entity.key, lines, deed="create"):
            return False
        return ctx.kernel.is_writable(owner, name, deed="create")

    targets = tuple(
        t if t is None or t.field is None or may(t.key, t.lines) else None for t in matched.targets
    )
    return replace(matched, targets=targets)


def _taken(
    ctx: Context, entity: Entity, documents: Sequence[Document], upsert_by: str | None
) -> Iterator[RowProblem]:
    """Rows whose unique values are there already, or twice in the file. A dry run cannot know: unique keys are judged when they are
    written. The key by which records are found is meant to be there; of the others it is not known whose they are."""
    for field in entity.fields:
        if not field.unique or field.type == "lines" or upsert_by:
            continue
        rows: dict[str, list[int]] = {}
        for document in documents:
            value = document.values.get(field.key)
            if isinstance(value, str) and value:
                rows.setdefault(value, []).append(document.rows[0])
        known = set(_known(ctx, entity, field.key, list(rows)))
        for value, numbers in rows.items():
            for number in numbers if value in known else numbers[1:]:
                yield RowProblem(number, Problem("DUPLICATE", f"/{field.key}", {"entity": entity.label}))


def _known(ctx: Context, entity: Entity, key: str, values: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(values), LOT):
        lot = values[start : start + LOT]
        where = {"field": key, "op": "in", "value": lot}
        yield from (str(r.values[key]) for r in ctx.reader.find(entity.key, where, limit=LOT))


def _tried(
    engine: Engine, actor: Actor, app: str, entity: str, document: Document, upsert_by: str | None
) -> list[Problem]:
    """What a dry run of the record says."""
    command: Command = CreateRecord(app, entity, document.values, source="import")
    if upsert_by:
        command = WriteRecords(app, entity, (document.values,), upsert_by, source="import")
    try:
        Dispatcher(engine)(actor, command, dry_run=True)
    except BuilderError as error:
        return problems_of(error)
    return []


def problems_of(error: BuilderError) -> list[Problem]:
    """What a refused row is told, without its place in the batch."""
    own = [Problem(error.code, error.path, error.params, error.message)]
    return [without_row(p) for p in error.problems] or own


def without_row(problem: Problem) -> Problem:
    parts = problem.path.split("/")
    path = "/" + "/".join(parts[3:]) if len(parts) > 2 and parts[1] == "rows" else problem.path
    return Problem(problem.code, path, problem.params, problem.message, problem.severity)
