"""Placements: the rows of a schedule, read from the reports of tasks and resources."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from builder.computing.placing import CapacityError, FarError, Placed, Task, place
from builder.errors import InvalidError, Problem
from builder.metadata.computation import Schedule
from builder.runtime.calendars import calendar_of
from builder.runtime.report_reading import ZERO, Reading, Row, day_in, number_in

FARTHEST = 3650
MOST_NAMED = 20


def scheduled(reading: Reading, schedule: Schedule) -> list[Row]:
    """One row for each task and day. Raises ``InvalidError`` with the resources that can do nothing."""
    ctx = reading.ctx
    tasks, rows = _tasks(reading, schedule)
    capacities = _capacities(reading, schedule)
    calendar = calendar_of(ctx.conn, ctx.ws, ctx.app)
    try:
        found = place(
            tasks,
            capacities,
            today=ctx.environment.today(),
            is_worked=calendar.is_worked,
            backward=schedule.direction == "backward",
            limited=schedule.limited,
        )
    except CapacityError as error:
        names = reading.names(schedule.tasks.report, error.resources[:MOST_NAMED])
        problems = [Problem("COMPUTATION_CAPACITY", "", {"name": name}) for name in names]
        raise InvalidError(problems=problems) from error
    except FarError as error:
        name = reading.names(schedule.tasks.report, [error.task])[0]
        raise InvalidError(problems=[Problem("COMPUTATION_FAR", "", {"name": name})]) from error
    return [row for placed in found for row in _rows(placed, rows[placed.task.task], capacities)]


def _tasks(reading: Reading, schedule: Schedule) -> tuple[list[Task], dict[int, Row]]:
    found: list[Task] = []
    rows: dict[int, Row] = {}
    for row in reading.result(schedule.tasks.report).rows:
        task = reading.value("schedule.tasks.task", row)
        resource = reading.value("schedule.tasks.resource", row)
        if not isinstance(task, int):
            continue
        if not isinstance(resource, int):
            reading.leave(task, number_in(reading.value("schedule.tasks.work", row)))
            continue
        if task in rows:
            name = reading.names(schedule.tasks.report, [task])[0]
            raise InvalidError(problems=[Problem("COMPUTATION_TWICE", "", {"row": name})])
        found.append(_task(reading, row, task, resource))
        rows[task] = row
    return found, rows


def _task(reading: Reading, row: Row, task: int, resource: int) -> Task:
    def said(name: str) -> object:
        return reading.value(f"schedule.tasks.{name}", row)

    def number(name: str) -> Decimal:
        return number_in(said(name))  # type: ignore[arg-type]

    chain = said("chain")
    return Task(
        task,
        # What belongs to nothing is a chain of its own, under a number that no record has.
        chain if isinstance(chain, int) else -task,
        resource,
        max(number("work"), ZERO),
        number("step"),
        day_in(said("earliest")),  # type: ignore[arg-type]
        day_in(said("due")),  # type: ignore[arg-type]
        number("rank"),
        min(max(int(number("lasts")), 0), FARTHEST),
    )


def _capacities(reading: Reading, schedule: Schedule) -> dict[int, Decimal | None]:
    found: dict[int, Decimal | None] = {}
    for row in reading.result(schedule.resources.report).rows:
        resource = reading.value("schedule.resources.resource", row)
        if isinstance(resource, int):
            said = reading.value("schedule.resources.capacity", row)
            found[resource] = None if said is None else number_in(said)
    return found


def _rows(placed: Placed, row: Row, capacities: Mapping[int, Decimal | None]) -> list[Row]:
    """What is done on one day is one row, however many pieces it has."""
    task = placed.task
    work: dict[object, Decimal] = {}
    for piece in placed.pieces:
        work[piece.day] = work.get(piece.day, ZERO) + piece.work
    own: dict[str, object] = {
        "task": task.task,
        "chain": task.chain if task.chain > 0 else None,
        "resource": task.resource,
        "step": task.step,
        "start": placed.start,
        "finish": placed.finish,
        "late": placed.late,
        "capacity": capacities.get(task.resource),
    }
    return [
        {**row, **own, "day": day, "work": done, "is_first": index == 0}  # type: ignore[dict-item]
        for index, (day, done) in enumerate(work.items())
    ]
