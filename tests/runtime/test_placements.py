"""Schedules: jobs get their days on benches, again and again without doubling, from whoever may change them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from builder.commands import RunComputation
from builder.errors import InvalidError, NotFoundError
from tests.runtime.bench import bench_nodes
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.world import World

D = Decimal


@pytest.fixture
def bench(empty: World) -> World:
    """Monday 5 January 2026. A bench of eight hours, and a firm outside. Two pumps with two jobs each."""
    empty.install(bench_nodes(), "bench")
    own = empty.create("bench", {"name": "Bench", "hours": "8"})["id"]
    outside = empty.create("bench", {"name": "Outside"})["id"]
    for pump, due in (("Old pump", "2026-01-14"), ("New pump", "2026-01-12")):
        machine = empty.create("machine", {"name": pump, "due_on": due})["id"]
        for step, place, hours, lasts in ((1, own, "6", None), (2, outside, "0", 2)):
            name = f"{pump} {step}"
            empty.create(
                "job",
                {
                    "name": name,
                    "machine": machine,
                    "bench": place,
                    "step": step,
                    "hours": hours,
                    "lasts": lasts,
                },
            )
    return empty


def run(world: World, key: str, **options: Any) -> dict[str, Any]:
    return dict(world.send(RunComputation("bench", key), **options))


def plan(world: World) -> dict[str, tuple[Any, ...]]:
    """Start, finish and lateness of each job."""
    with world.reading() as ctx:
        jobs = ctx.reader.find("job", None, limit=100)
        shown = ("start", "finish", "late")
        return {str(j.values["name"]): tuple(j.values[key] for key in shown) for j in jobs}


def days(world: World, name: str) -> list[tuple[Any, ...]]:
    with world.reading() as ctx:
        job = next(j for j in ctx.reader.find("job", None, limit=100) if j.values["name"] == name)
        whole = ctx.reader.get("job", [job.id])[job.id]
        return [(line.values["day"], line.values["hours"]) for line in whole.lines["days"]]


def test_forward_jobs_share_the_bench_and_follow_one_another(bench: World) -> None:
    assert run(bench, "forward")["counts"] == {"new": 0, "changed": 4, "same": 0, "gone": 0}
    mon, tue, wed, thu = (date(2026, 1, n) for n in (5, 6, 7, 8))
    assert plan(bench) == {
        "New pump 1": (mon, mon, False),
        "New pump 2": (mon, wed, False),
        "Old pump 1": (mon, tue, False),
        "Old pump 2": (tue, thu, False),
    }
    assert days(bench, "New pump 1") == [(mon, D(6))]
    assert days(bench, "Old pump 1") == [(mon, D(2)), (tue, D(4))]


def test_a_second_run_changes_nothing_and_a_change_only_what_it_touches(bench: World) -> None:
    run(bench, "forward")
    assert run(bench, "forward")["counts"] == {"new": 0, "changed": 0, "same": 4, "gone": 0}
    with bench.reading() as ctx:
        job = next(j for j in ctx.reader.find("job", None, limit=9) if j.values["name"] == "Old pump 1")
    bench.update("job", job.id, {"hours": "2"})
    assert run(bench, "forward")["counts"]["same"] == 2
    assert days(bench, "Old pump 1") == [(date(2026, 1, 5), D(2))]  # The line of the second day is gone.


def test_backward_everything_ends_when_it_is_due(bench: World) -> None:
    run(bench, "backward")
    assert plan(bench)["New pump 2"] == (date(2026, 1, 9), date(2026, 1, 12), False)
    assert plan(bench)["New pump 1"] == (date(2026, 1, 8), date(2026, 1, 8), False)
    assert plan(bench)["Old pump 1"][1] == date(2026, 1, 12)


def test_a_bench_without_hours_is_named_and_nothing_is_planned(bench: World) -> None:
    with bench.reading() as ctx:
        own = next(b for b in ctx.reader.find("bench", None, limit=9) if b.values["name"] == "Bench")
    bench.update("bench", own.id, {"hours": "0"})
    with pytest.raises(InvalidError) as refused:
        run(bench, "forward")
    assert [(p.code, p.params) for p in refused.value.problems] == [
        ("COMPUTATION_CAPACITY", {"name": "Bench"})
    ]
    assert {start for start, _, _ in plan(bench).values()} == {None}


def test_who_may_change_jobs_may_plan_them_without_making_any(bench: World) -> None:
    planner, reader = bench.person("pia", "planner"), bench.person("rob", "reader")
    assert run(bench, "forward", actor=planner)["counts"]["changed"] == 4
    with pytest.raises(NotFoundError):
        run(bench, "backward", actor=reader)


def test_a_job_that_no_bench_is_said_to_do_is_named_and_the_others_are_scheduled(bench: World) -> None:
    """As after an upgrade that brought benches: what was open has none yet."""
    bench.create("job", {"name": "Old vice", "step": 1, "hours": "2"})
    told = run(bench, "forward", dry_run=True)
    assert told["counts"]["changed"] == 4
    assert [one["name"] for one in told["left"]] == ["Old vice"]
    bench.person("eve", "planner")
    page = signed_in(bench, "eve").get("/a/bench/computations/forward").get_data(as_text=True)
    assert "Tasks that nothing is said to do, so not scheduled: Old vice." in page


def test_the_page_says_which_job_each_row_is_about_before_anything_changes(bench: World) -> None:
    bench.person("pia", "planner")
    html = signed_in(bench, "pia").get("/a/bench/computations/forward").get_data(as_text=True)
    assert "New pump 1" in html
    assert "Update all (4)" in html
    assert "2026-01-08" in html
    assert {start for start, _, _ in plan(bench).values()} == {None}


def test_some_jobs_only(bench: World) -> None:
    told = run(bench, "forward", dry_run=True)
    row = next(r for r in told["rows"] if r["values"]["finish"] == "2026-01-06")
    answer = bench.send(RunComputation("bench", "forward", {}, (row["key"],)))
    assert answer["counts"]["changed"] == 1
    assert [name for name, (start, _, _) in plan(bench).items() if start] == ["Old pump 1"]
