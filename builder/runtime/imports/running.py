"""Running: an import as a job. Rows are kept beside the job, so that a restart goes on where it was; each record is written once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from builder.changes import Message
from builder.commands import Actor, CreateRecord, WriteRecords
from builder.errors import BuilderError, NotFoundError, Problem
from builder.metadata.entity import Entity
from builder.rules.finishing import finished
from builder.runtime import jobs
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.imports.matching import match
from builder.runtime.imports.previewing import may_import, problems_of, visible, without_row
from builder.runtime.imports.reading import Document, Reader
from builder.runtime.imports.sheets import Line, Sheet, read_sheet
from builder.runtime.jobs import Advance
from builder.runtime.opening import open_reading
from builder.storage import outbox
from builder.storage.jobs import JobRow

STEP = 1000
"""Documents of one job step."""
TOGETHER = 250
"""Masters that are written in one transaction; documents are written one by one, because their rules have a budget each."""


@dataclass(frozen=True)
class Kept:
    """The files of one import: its rows as JSON lines, and what came of them; of taking it back by the job ``undo`` likewise."""

    folder: Path
    id: int
    undo: int = 0

    @property
    def rows(self) -> Path:
        return self.folder / f"{self.id}.rows.jsonl"

    @property
    def results(self) -> Path:
        return self.folder / f"{self.id}.{f'undo-{self.undo}' if self.undo else 'results'}.jsonl"

    def keep(self, sheet: Sheet) -> None:
        """Write the rows; read again from the disk a chunk at a time, however many there are."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.rows.open("wb") as file:
            file.write(orjson.dumps([sheet.header_number, list(sheet.header)]) + b"\n")
            for line in sheet.lines:
                file.write(orjson.dumps([line.number, list(line.cells)]) + b"\n")

    def header(self) -> tuple[tuple[str, ...], int]:
        """The header, and where the rows begin."""
        with self.rows.open("rb") as file:
            _, cells = orjson.loads(file.readline())
            return tuple(cells), file.tell()

    def lines(self, offset: int) -> Iterator[tuple[Line, int]]:
        """Rows from ``offset`` on, each with the place where it starts."""
        with self.rows.open("rb") as file:
            file.seek(offset)
            at = offset
            for text in file:
                number, cells = orjson.loads(text)
                yield Line(number, tuple(cells)), at
                at += len(text)

    def note(self, outcomes: Sequence[Mapping[str, Any]]) -> None:
        """Add them in one piece, on a line of their own: a process that died while it wrote left half a line behind."""
        with self.results.open("ab") as file:
            file.write(b"\n" + b"".join(orjson.dumps(o, default=str) + b"\n" for o in outcomes))

    def outcomes(self) -> Mapping[int, Mapping[str, Any]]:
        """What came of each record, by its first row. A step that was repeated says the same twice, and what the one that died
        left of a line is passed over."""
        if not self.results.exists():
            return {}
        with self.results.open("rb") as file:
            found = [o for text in file if (o := _whole(text)) is not None]
        return {o["rows"][0]: o for o in found}


def _whole(text: bytes) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found


def kept_of(engine: Engine, id: int) -> Kept:
    return Kept(Path(engine.settings.var) / "imports", id)


def start_import(
    engine: Engine,
    actor: Actor,
    app: str,
    entity: str,
    content: bytes,
    *,
    chosen: Mapping[int, str] | None = None,
    sheet: str | None = None,
    upsert_by: str | None = None,
    name: str = "",
) -> int:
    """Queue the import of a file; the job's id. Raises where the file is no sheet or the actor may not create."""
    found = read_sheet(content, sheet)
    with engine.database.snapshot() as conn:
        may_import(open_reading(engine, conn, actor, app, engine.clock.now()), entity)
    file_id = engine.database.new_id()
    kept_of(engine, file_id).keep(found)
    args = {
        "app": app,
        "entity": entity,
        "file": file_id,
        "name": name[:200],
        "chosen": {str(k): v for k, v in (chosen or {}).items()} or None,
        "upsert_by": upsert_by,
        "total": len(found.lines),
    }
    return jobs.start(engine, actor, "import", args)


def run_import(engine: Engine, row: JobRow, actor: Actor) -> Advance:
    """The job kind *import*: the next documents."""
    args = row.args
    kept = kept_of(engine, args["file"])
    header, start = kept.header()
    cursor = row.cursor or {"at": start, "rows": 0, "made": 0, "failed": 0}
    with engine.database.snapshot() as conn:
        ctx = open_reading(engine, conn, actor, args["app"], engine.clock.now())
        model = may_import(ctx, args["entity"])
        chosen = {int(k): v for k, v in args["chosen"].items()} if args.get("chosen") else None
        matched = visible(ctx, model, match(ctx.app.package, model, header, chosen))
        documents, following = _chunk(Reader(ctx, model, matched), kept, cursor["at"])
        package = ctx.app.package
    writer = _Writer(engine, actor, row.job_id, args["app"], model, args.get("upsert_by"))
    outcomes = writer.write(documents)
    kept.note(outcomes)
    if following is None:
        _leave(engine, actor.workspace, finished(package, args["app"], model.key, f"import:{row.job_id}"))
    done = {
        "at": following,
        "rows": cursor["rows"] + sum(len(d.rows) for d in documents),
        "made": cursor["made"] + sum("id" in o for o in outcomes),
        "failed": cursor["failed"] + sum("problems" in o for o in outcomes),
    }
    progress = {k: done[k] for k in ("rows", "made", "failed")} | {"total": args["total"]}
    return Advance(None if following is None else done, progress)


def _leave(engine: Engine, ws: int, messages: Sequence[Message]) -> None:
    """Into the outbox; a last step that is done twice leaves them once."""
    if not messages:
        return
    with engine.database.write(job=True) as conn:
        outbox.append(conn, ws, messages, cmd=0, now=engine.clock.now(), new_id=engine.database.new_id)
    engine.wake.set()


def _chunk(reader: Reader, kept: Kept, offset: int) -> tuple[list[Document], int | None]:
    """The next documents, whole, and where the one after them starts (None: there is none)."""
    starts: dict[int, int] = {}

    def lines() -> Iterator[Line]:
        for line, at in kept.lines(offset):
            starts[line.number] = at
            yield line

    documents: list[Document] = []
    for document in reader.documents(lines()):
        if len(documents) == STEP:
            return documents, starts[document.rows[0]]
        documents.append(document)
    return documents, None


@dataclass(frozen=True)
class _Writer:
    """Writes documents; what is refused says why and stops nothing else."""

    engine: Engine
    actor: Actor
    job_id: int
    app: str
    entity: Entity
    upsert_by: str | None

    def write(self, documents: Sequence[Document]) -> list[Mapping[str, Any]]:
        good = [d for d in documents if not d.problems]
        outcomes = [_refused(d, [p for _, p in d.problems]) for d in documents if d.problems]
        size = TOGETHER if self.entity.kind in {"master", "tree"} else 1
        for start in range(0, len(good), size):
            outcomes.extend(self._together(good[start : start + size]))
        return outcomes

    def _together(self, documents: Sequence[Document]) -> list[Mapping[str, Any]]:
        """All at once; where some are refused, those are left out and the rest is tried again, one by one if it must be."""
        if len(documents) == 1:
            return [self._one(documents[0])]
        try:
            answer = self._send(documents)
        except BuilderError as error:
            wrong = _by_row(error, len(documents))
            if not wrong:
                return [self._one(document) for document in documents]
            outcomes = [_refused(documents[i], problems) for i, problems in wrong.items()]
            rest = [d for i, d in enumerate(documents) if i not in wrong]
            return [*outcomes, *(self._together(rest) if rest else ())]
        return [_made(d, r) for d, r in zip(documents, answer["results"], strict=True)]

    def _one(self, document: Document) -> Mapping[str, Any]:
        try:
            answer = self._send([document])
        except BuilderError as error:
            return _refused(document, problems_of(error))
        return _made(document, answer["results"][0] if "results" in answer else answer)

    def _send(self, documents: Sequence[Document]) -> Mapping[str, Any]:
        rows = tuple(d.values for d in documents)
        command: Any = WriteRecords(self.app, self.entity.key, rows, self.upsert_by, source="import")
        if len(documents) == 1 and self.upsert_by is None:
            command = CreateRecord(self.app, self.entity.key, rows[0], source="import")
        numbers = ",".join(str(d.rows[0]) for d in documents)
        key = f"import:{self.job_id}:{hashlib.sha256(numbers.encode()).hexdigest()[:32]}"
        return Dispatcher(self.engine)(self.actor, command, key=key)


def _by_row(error: BuilderError, count: int) -> dict[int, list[Problem]]:
    """The problems of a refused batch by the index of their row."""
    found: dict[int, list[Problem]] = {}
    for problem in error.problems:
        parts = problem.path.split("/")
        if len(parts) > 2 and parts[1] == "rows" and parts[2].isdigit() and int(parts[2]) < count:
            found.setdefault(int(parts[2]), []).append(without_row(problem))
    return found


def _made(document: Document, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Which record the rows became, and which version of one that was there before."""
    made = {"rows": document.rows, "id": body["id"]}
    is_new = body.get("_change", "created") == "created"
    return made if is_new else {**made, "change": body["_change"], "version": body["version"]}


def _refused(document: Document, problems: Sequence[Problem]) -> Mapping[str, Any]:
    return {"rows": document.rows, "problems": kept_problems(problems)}


def kept_problems(problems: Sequence[Problem]) -> list[Mapping[str, Any]]:
    """Problems as they are kept beside their rows, to be worded by whoever asks for them."""
    return [
        {"code": p.code, "path": p.path, "params": dict(p.params), "message": p.message} for p in problems
    ]


def import_of(engine: Engine, actor: Actor, id: int) -> tuple[JobRow, Kept]:
    """The actor's import, or taking one back, with its files; 404 for another's."""
    row = jobs.job_of(engine, actor, id)
    if row.kind == "import_undo":
        return row, replace(kept_of(engine, row.args["file"]), undo=row.job_id)
    if row.kind != "import":
        raise NotFoundError(job=True)
    return row, kept_of(engine, row.args["file"])


jobs.KINDS.register("import", run_import)
