"""Layouts of a list: bars, days and cards say what the list says, to whom it says it, and no more than fits."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from builder.runtime.pages.layouts import laid
from tests.runtime.pages.layouts.visits import visit_nodes
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.world import World


@pytest.fixture(scope="module")
def visits(bare: World) -> World:
    """Monday 5 January 2026 is today. Two rooms; visits before, within and after the four weeks from then on."""
    bare.install(visit_nodes(), "visits")
    for login in ("all", "blind", "plain", "own"):
        bare.person(login, login)
    blue, red = (bare.create("room", {"name": name})["id"] for name in ("Blue room", "Red room"))

    def visit(name: str, day: str | None, until: str | None, room: str | None, **more: Any) -> None:
        bare.create("visit", {"name": name, "day": day, "until": until, "room": room, **more})

    visit("Early", "2025-12-20", "2025-12-24", blue)
    visit("Begun", "2025-12-30", "2026-01-06", blue, kind="talk", share="40.4")
    visit("Within", "2026-01-07", "2026-01-08", blue, kind="repair", wanted="2026-01-08")
    visit("One day", "2026-01-08", None, red, kind="talk", called="2026-01-08T17:30:00+00:00")
    visit("Open", "2026-01-30", "2026-03-01", None)
    visit("Late", "2026-06-01", "2026-06-02", red, wanted="2026-06-01")
    visit("Someday", None, None, red)
    return bare


def page(world: World, layout: str, login: str = "all", **query: str) -> str:
    sent = {"view": "visits", "layout": layout, **query}
    answer = signed_in(world, login).get("/a/visits/visit", query_string=sent)
    assert answer.status_code == 200
    assert 'style="' not in answer.get_data(as_text=True)  # The policy of the page forbids it.
    return answer.get_data(as_text=True)


def bars(html: str) -> dict[str, str]:
    """What each bar says, with the grid lines that it lies on."""
    found = re.findall(r'<li class="([^"]+)"><a class="bar[^>]*aria-label="([^"]+)"', html)
    return {unescape(said): place for place, said in found}


def rows(html: str) -> list[str]:
    return [re.sub("<[^>]+>", "", cell) for cell in re.findall(r'<th scope="row">(.*?)</th>', html)]


def switches(html: str) -> list[str]:
    nav = re.search(r'<nav class="layout-switch.*?</nav>', html, re.DOTALL)
    return re.findall(r"</svg>([^<]+)</a>", nav[0]) if nav else []


def test_bars_lie_on_their_days_in_rows_by_what_they_are_laid_out_by(visits: World) -> None:
    html = page(visits, "rooms")
    assert rows(html) == ["Blue room", "Red room", "(none)"]
    assert bars(html) == {
        "Begun, 2025-12-30 – 2026-01-06, Talk, 40% done": "at-1 for-2",
        "Within, 2026-01-07 – 2026-01-08, Repair": "at-3 for-2",
        "One day, 2026-01-08, Talk": "at-4 for-1",
        "Open, 2026-01-30 – 2026-03-01": "at-26 for-3",
    }


def test_a_bar_leads_to_its_record_and_says_where_it_goes_on(visits: World) -> None:
    html = page(visits, "rooms")
    begun = re.search(
        r'<a class="bar begun" data-colour="green" href="(/a/visits/visit/[^"]+)"[^>]*Begun', html
    )
    assert begun is not None
    assert "Begun" in signed_in(visits, "all").get(begun[1]).get_data(as_text=True)
    assert re.search(r'<a class="bar open" [^>]*title="Open,', html)
    assert '<progress value="40" max="100"' in html


def test_without_rows_each_record_has_its_own_and_says_what_the_layout_writes_on_it(visits: World) -> None:
    html = page(visits, "plain")
    assert rows(html) == ["Begun", "Within", "One day", "Open"]
    assert "<span>Blue room</span>" in html


def test_what_ends_after_it_is_due_is_marked_and_says_so(visits: World) -> None:
    html = page(visits, "rooms", day="2026-06-01")
    assert "Late, 2026-06-01 – 2026-06-02, after the due day 2026-06-01" in bars(html)
    assert 'class="bar late"' in html
    assert "late" not in page(visits, "rooms").split('<table class="gantt')[1].split("</table>")[0]


def test_options_keep_their_order(visits: World) -> None:
    assert rows(page(visits, "kinds")) == ["Talk", "Repair", "(none)"]


def test_weeks_show_a_quarter_and_days_that_are_not_worked_are_shaded(visits: World) -> None:
    html = page(visits, "rooms", zoom="weeks", day="2026-04-06")
    assert "Late, 2026-06-01 – 2026-06-02, after the due day 2026-06-01" in bars(html)
    # Monday 4 and Tuesday 5 May belong to the holidays of Labour Day; Saturday 9 May is worked for them.
    assert 'class="off at-26 for-5"' in html


def test_today_is_marked_where_it_is_to_be_seen(visits: World) -> None:
    assert 'class="now at-1 for-1"' in page(visits, "rooms")
    assert 'class="now at-' not in page(visits, "rooms", day="2026-06-01")


def test_filters_of_the_list_hold_and_go_along(visits: World) -> None:
    html = page(visits, "rooms", filter='{"field": "kind", "op": "=", "value": "talk"}')
    assert [said.split(",")[0] for said in bars(html)] == ["Begun", "One day"]
    assert html.count("%22value%22%3A+%22talk%22") > 3  # The ways to other days and layouts.
    assert [said.split(",")[0] for said in bars(page(visits, "rooms", q="Within"))] == ["Within"]


def test_what_lies_nowhere_here_is_found_from_here(visits: World) -> None:
    html = page(visits, "rooms", day="2026-04-06")
    assert bars(html) == {}
    assert "Go back to 2026-01-30" in html
    assert "Go on to 2026-06-01" in html
    assert "Nothing lies in these days" in html


def test_what_has_no_day_is_counted(visits: World) -> None:
    assert "1 more has no date and is not shown" in page(visits, "rooms")


def test_no_more_is_drawn_than_anybody_can_read(visits: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laid, "MOST", 2)
    html = page(visits, "rooms")
    assert [said.split(",")[0] for said in bars(html)] == ["Begun", "Within"]
    assert "4 records lie in these days and only the first" in html


def test_who_may_not_see_a_day_has_no_layout_by_it(visits: World) -> None:
    assert switches(page(visits, "list")) == [
        "List",
        "Gantt",
        "One by one",
        "Gantt",
        "Calendar",
        "Calendar",
        "Board",
        "Board",
    ]
    html = page(visits, "rooms", "blind")
    assert switches(html) == ["List", "Calendar", "Board", "Board"]
    assert "Begun" in html
    assert "bar" not in bars(html)
    assert "2026-03-01" not in html


def test_who_may_not_see_a_colour_or_a_share_sees_the_bar_without(visits: World) -> None:
    html = page(visits, "rooms", "plain")
    assert "Begun, 2025-12-30 – 2026-01-06, Open" in bars(html)  # The colour of the state instead.
    assert "<progress" not in html
    assert 'data-colour="green"' not in html.split('id="rows"')[1]
    assert switches(html) == ["List", "Gantt", "One by one", "Calendar", "Calendar", "Board"]


def test_nobody_sees_bars_beyond_their_reach(visits: World) -> None:
    assert bars(page(visits, "rooms", "own")) == {}


def test_a_calendar_shows_each_day_of_a_record(visits: World) -> None:
    html = page(visits, "month")
    days = dict(re.findall(r'<time datetime="([^"]+)">.*?</time>(.*?)</td>', html, re.DOTALL))
    assert len(days) == 35
    names = {day: re.findall(r"<span>(.*?)</span></a>", held) for day, held in days.items()}
    assert [names[f"2026-01-0{n}"] for n in (6, 7, 8, 9)] == [
        ["Begun"],
        ["Within"],
        ["Within", "One day"],
        [],
    ]
    assert 'aria-current="date"' in html


def test_a_moment_stands_on_the_day_of_the_readers_clock(visits: World) -> None:
    """17:30 in London is half past one of the next day in Shanghai."""
    html = page(visits, "calls", zoom="week", day="2026-01-09")
    days = dict(re.findall(r'<time datetime="([^"]+)">.*?</time>(.*?)</td>', html, re.DOTALL))
    assert "<b>01:30</b> One day" in days["2026-01-09"]
    assert "One day" not in days["2026-01-08"]


def test_a_full_day_leads_to_the_rest(visits: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.runtime.pages.layouts.month.MOST_A_DAY", {"month": 1, "week": 1})
    html = page(visits, "month")
    rest = re.search(r'class="rest" href="([^"]+)">1 more', html)
    assert rest is not None
    found = signed_in(visits, "all").get(unescape(rest[1])).get_data(as_text=True)
    assert "One day" in found
    assert "Within" in found
    assert "Begun" not in found.split('id="rows"')[1]


def test_a_board_has_a_column_for_every_choice_and_state(visits: World) -> None:
    html = page(visits, "cards")
    columns = re.findall(
        r'<section class="board-column" aria-label="([^"]+)">(.*?)</section>', html, re.DOTALL
    )
    assert [(name, re.findall(r"<b>([^<]+)</b>", held)[0]) for name, held in columns] == [
        ("Talk", "One day"), ("Repair", "Within"),
    ]  # fmt: skip
    assert re.findall(r'board-column" aria-label="([^"]+)"', page(visits, "states")) == [
        "Open",
        "Held",
    ]


def test_a_layout_that_is_not_there_is_the_list(visits: World) -> None:
    assert '<table class="table cards">' in page(visits, "nonsense")


def test_a_list_opens_as_it_says_and_can_be_a_list_again(empty: World) -> None:
    empty.install(visit_nodes(kind="calendar"), "visits")
    empty.person("all", "all")
    empty.create("visit", {"name": "Now", "day": "2026-01-05"})
    assert '<table class="month month">' in page(empty, "")
    assert '<table class="table cards">' in page(empty, "list")
