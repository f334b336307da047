"""Every report, dashboard, check, export and print of the trading template, over the documents of a scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from builder.metadata.report import Print, Report
from builder.record import Value
from builder.runtime.context import Context
from builder.runtime.dashboards import shown_cards
from builder.runtime.exports import export_list, export_report
from builder.runtime.health import check_all
from builder.runtime.imports.workbook import import_template
from builder.runtime.installing import template
from builder.runtime.listing import Wanted, list_records
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from builder.runtime.printing import print_records
from builder.runtime.printing.sandbox import PrintEnvironment, problems_of
from builder.runtime.report_rows import balance_rows, record_rows
from builder.runtime.reporting.entry_rows import entry_rows
from builder.runtime.reports import read_parameters, run_report, with_parameters
from tests.folding import fold
from tests.runtime.played import played
from tests.runtime.world import WS, World

GENERAL = template("general").package


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The app in which the longest scenario was played."""
    with played(tmp_path_factory.mktemp("figures"), GENERAL, "day_by_day") as made:
        yield made


@contextmanager
def reading(world: World) -> Iterator[Context]:
    with world.engine.database.snapshot() as conn:
        yield open_reading(world.engine, conn, system(WS), world.app, world.clock.now())


SOURCES: dict[str, Callable[..., Iterator[Mapping[str, Value]]]] = {
    "records": record_rows,
    "balances": balance_rows,
    "entries": entry_rows,
}
PLAIN = [
    r
    for r in GENERAL.reports
    if r.source in {"records", "balances", "entries"}
    and not (r.parts or any(c.is_derived or c.key for c in r.columns))
]
"""Reports that fold rows of one source, and no more; what others say is told by ``reporting/test_general_reports.py``."""


def chosen_for(ctx: Context, report: Report) -> dict[str, int]:
    """A record for each parameter that must be chosen first."""
    wanted = [p for p in report.parameters if p.required and p.entity]
    return {p.key: ctx.reader.find(p.entity or "", limit=1)[0].id for p in wanted}


@pytest.mark.parametrize("report", PLAIN, ids=lambda r: r.key)
def test_a_report_says_the_same_by_sql_and_by_hand_and_is_exported(world: World, report: Report) -> None:
    with reading(world) as ctx:
        chosen = chosen_for(ctx, report)
        result = run_report(ctx, report, chosen)
        asked = read_parameters(ctx, report.parameters, chosen)
        where = with_parameters(report.filter, asked) if report.filter else None
        columns = [c.column for c in result.columns]
        rows = SOURCES[report.source](ctx, report.entity or report.ledger, where, [c.field for c in columns])
        by_hand = fold(columns, rows, report.limit)
        keys = [c.field for c in columns]
        assert sorted(str([r.get(k) for k in keys]) for r in result.rows) == sorted(
            str([r.get(k) for k in keys]) for r in by_hand.rows
        )
        assert result.totals == by_hand.totals
        assert len(columns) == len(report.columns)
        for kind in ("csv", "xlsx"):
            assert b"".join(export_report(ctx, result, kind).pieces)


def test_dashboards_show_every_card_and_numbers_open_what_they_count(world: World) -> None:
    with reading(world) as ctx:
        for dashboard in GENERAL.dashboards:
            cards = shown_cards(ctx, dashboard)
            assert len(cards) == len(dashboard.cards)
            for shown in cards:
                figure = shown.card.figure
                if figure is None or not figure.entity or figure.op != "count" or shown.opens is None:
                    continue
                listed = list_records(ctx, figure.entity, Wanted(where=shown.opens.filter, count="exact"))
                assert listed.count == shown.value


def test_every_health_check_runs(world: World) -> None:
    with reading(world) as ctx:
        assert [c.check.key for c in check_all(ctx)] == [h.key for h in GENERAL.health]


@pytest.mark.parametrize("print_", GENERAL.prints, ids=lambda p: p.key)
def test_prints_come_out_in_both_languages(world: World, print_: Print) -> None:
    assert problems_of(print_.template, PrintEnvironment(str)) == ()
    with reading(world) as ctx:
        found = ctx.reader.find(print_.entity, limit=2)
        records = [ctx.load(print_.entity, record.id) for record in found]
        for locale in ("zh-CN", "en"):
            paper = print_records(ctx, print_, records, locale=locale, nonce="n")
            assert "<script" not in paper.body
            assert paper.body.count('class="paper"') == len(records)


def test_every_master_and_document_is_exported_and_has_a_sheet_to_fill_in(world: World) -> None:
    with reading(world) as ctx:
        for entity in GENERAL.entities:
            if entity.kind == "lines":
                continue
            assert b"".join(export_list(ctx, entity.key, Wanted(), "csv").pieces)
            assert b"".join(import_template(ctx, entity.key).pieces)
