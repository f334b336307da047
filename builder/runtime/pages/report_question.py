"""The question of a report page: what its parameters ask, what the address answers, and the periods that are one click away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from builder.metadata.report import Parameter, Report
from builder.record import Value
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.report_tables import asked_texts, text_of
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words
from builder.runtime.reporting.comparing import AGAINST
from builder.runtime.reporting.parameters import with_period
from builder.runtime.reports import ReportResult

PERIODS = ("today", "this_week", "this_month", "last_month", "last_30_days", "this_quarter", "this_year")


def must_be_asked(report: Report) -> bool:
    """Whether something that has no default is still to be said."""
    return any(p.required and not p.default and not request.args.get(p.key) for p in report.parameters)


def questions_of(
    ctx: Context, words: Words, report: Report, asked: Mapping[str, Value]
) -> list[Mapping[str, Any]]:
    """The report's questions with what they were answered."""
    return [_question(ctx, words, p, asked.get(p.key)) for p in report.parameters]


def _question(ctx: Context, words: Words, p: Parameter, value: Value) -> Mapping[str, Any]:
    entity = ctx.app.package.entity(p.entity or "")
    kind: str = p.type
    item: Any = value if isinstance(value, bool) else text_of(ctx, value)
    if entity is not None:
        titles = Titles(ctx)
        ids = [v for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, int)]
        items = [{"id": ctx.engine.database.show(id), "label": titles.of(entity.key, id)} for id in ids]
        item = items if p.multi else (items[0] if items else "")
        kind = "multi_reference" if p.multi else p.type
    elif p.options and p.multi:
        kind, item = "multi_choice", list(value) if isinstance(value, tuple) else []
    return {
        "key": p.key,
        "label": words.of(p.label),
        "type": kind,
        "value": item,
        "required": p.required,
        "options": [{"key": o.key, "label": words.of(o.label)} for o in p.options if not o.archived],
        "lookupUrl": addresses.pick(ctx.app.key, entity.key) if entity is not None else "",
    }


def said_of(ctx: Context, words: Words, result: ReportResult) -> list[str]:
    """What was asked, in words: beside the folded question on a phone."""
    titles = Titles(ctx)
    found = []
    for p in result.report.parameters:
        value = result.parameters.get(p.key)
        values = value if isinstance(value, tuple) else (value,)
        texts = [_answer(ctx, words, titles, p, one) for one in values if one is not None]
        if texts:
            found.append(f"{words.of(p.label)} {'、'.join(texts)}")
    return found


def _answer(ctx: Context, words: Words, titles: Titles, p: Parameter, value: Value) -> str:
    option = next((o for o in p.options if o.key == value), None)
    if option is not None:
        return words.of(option.label)
    if isinstance(value, bool):
        return words.say("el.yes" if value else "el.no")
    if p.entity and isinstance(value, int):
        return titles.of(p.entity, value)
    return text_of(ctx, value)


def periods_of(ctx: Context, words: Words, result: ReportResult) -> list[tuple[str, str, bool]]:
    """Named periods, one click each."""
    report = result.report
    if report.compare is None:
        return []
    kept = {
        k: v
        for k, v in asked_texts(ctx, result).items()
        if k not in {report.compare.from_, report.compare.to}
    }
    now = (result.parameters.get(report.compare.from_), result.parameters.get(report.compare.to))
    made = []
    for name in PERIODS:
        days = with_period(ctx, report, {}, name)
        url = addresses.report_page(
            ctx.app.key, report.key, **kept, compare=result.against,
            **{k: text_of(ctx, v) for k, v in days.items()},
        )  # fmt: skip
        made.append((words.say(f"page.period.{name}"), url, tuple(days.values()) == now))
    return made


def comparisons_of(ctx: Context, words: Words, result: ReportResult) -> list[tuple[str, str, bool]]:
    """No comparison, the period before, that of last year."""
    columns = result.report.columns
    if result.report.compare is None or any(c.across for c in columns) or not any(c.op for c in columns):
        return []
    asked = asked_texts(ctx, result)
    return [
        (
            words.say(f"page.against.{name or 'none'}"),
            addresses.report_page(ctx.app.key, result.report.key, **asked, compare=name),
            result.against == name,
        )
        for name in ("", *AGAINST)
    ]
