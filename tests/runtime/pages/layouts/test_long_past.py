"""A Gantt chart reads the days that it shows: a long past costs neither questions nor bytes."""

from __future__ import annotations

from datetime import date, timedelta

from benchmarks.statements import watched
from builder.commands import WriteRecords
from tests.runtime.pages.layouts.visits import visit_nodes
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.world import World

PAST = 2_000


def test_what_lies_before_the_days_that_are_shown_adds_nothing(empty: World) -> None:
    empty.install(visit_nodes(), "visits")
    empty.person("all", "all")
    room = empty.create("room", {"name": "Blue room"})["id"]
    empty.create("visit", {"name": "Now", "day": "2026-01-07", "until": "2026-01-08", "room": room})
    empty.create("visit", {"name": "Then", "day": "2020-01-07", "until": "2020-01-08", "room": room})
    browser = signed_in(empty, "all")

    def drawn() -> tuple[int, int]:
        sent = {"view": "visits", "layout": "rooms"}
        browser.get("/a/visits/visit", query_string=sent)
        with watched() as asked:
            answer = browser.get("/a/visits/visit", query_string=sent)
        return len(asked), len(answer.data)

    few = drawn()
    days = [date(2016, 1, 4) + timedelta(days=n % 3_000) for n in range(PAST)]
    rows = [{"name": f"V{n}", "day": str(d), "until": str(d), "room": room} for n, d in enumerate(days)]
    for start in range(0, PAST, 500):
        empty.send(WriteRecords("visits", "visit", tuple(rows[start : start + 500])))
    many = drawn()
    assert many[0] <= few[0]
    assert abs(many[1] - few[1]) < 200
