"""One run of a rule: why it ran, what it looked at, what it did, and what changed by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.errors import NotFoundError
from builder.metadata.rule import Rule
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.history import HistoryWords
from builder.runtime.pages.runs.searching import line, named, place_of
from builder.runtime.pages.runs.sentences import Sentences
from builder.runtime.pages.words import Words
from builder.runtime.tracks import change_of
from builder.storage import history, rule_runs
from builder.storage.rule_runs import RunRow, Wanted
from builder.web.told import Pair, Told

THOUSAND = 1000
MOST_TOUCHED = 20


def detail_of(ctx: Context, words: Words, text: str) -> dict[str, Any]:
    """What the page of one run shows; 404 where the app has none of that name."""
    at = place_of(text)
    row = rule_runs.get(ctx.conn, ctx.ws, ctx.app.row.app_id, *at) if at is not None else None
    if row is None:
        raise NotFoundError(run=True)
    sentences = Sentences.of(ctx, words)
    rule = next((r for r in ctx.app.package.rules if r.uid == row.rule_uid), None)
    entity = ctx.app.maps.entity_by_id(row.entity_id) or ""
    found = rule_runs.command_of(ctx.conn, ctx.ws, row.cmd)
    return {
        "run": line(ctx, sentences, rule, row),
        "row": row,
        "rule": _rule(ctx, words, rule),
        "inputs": sentences.inputs(entity or _ledger(rule), row.inputs),
        "steps": sentences.steps(entity, row.record_id, row.steps),
        "changes": list(_changes(ctx, sentences, row, entity)),
        "took": _took(words, row.micros),
        "timing": words.say(f"runs.timing.{row.timing}") if row.timing in {"before", "now", "later"} else "",
        "by": (ctx.directory.name_of(found[0]) or words.say("page.system")) if found is not None else "",
        "version": words.say("runs.detail.version", n=found[1]) if found is not None else "",
        "others": _others(ctx, sentences, row),
        "at": addresses.built_in_page(ctx.app.key, "runs"),
    }


def _ledger(rule: Rule | None) -> str:
    return f"ledger:{rule.when.ledger}" if rule is not None and rule.when.ledger else ""


def _rule(ctx: Context, words: Words, rule: Rule | None) -> Mapping[str, str]:
    if rule is None:
        return {"label": words.say("runs.detail.gone_rule"), "all": "", "edit": ""}
    return {
        "label": words.of(rule.label),
        "all": addresses.built_in_page(ctx.app.key, "runs", rule=rule.key),
        "edit": f"/design/{ctx.app.key}/rule/{rule.key}" if ctx.kernel.has_right("design") else "",
    }


def _took(words: Words, micros: int) -> str:
    if not micros:
        return ""
    if micros < THOUSAND:
        return words.say("runs.detail.took_less")
    return words.say("runs.detail.took", ms=f"{micros // THOUSAND:,}")


def _changes(ctx: Context, sentences: Sentences, row: RunRow, entity: str) -> Iterator[Told]:
    """What the run's commands wrote, as the history tells it: each record with its values before and after."""
    for entity_id, id in (row.touched or ())[:MOST_TOUCHED]:
        key = ctx.app.maps.entity_by_id(entity_id)
        if key is None or not ctx.kernel.may("read", key):
            continue
        told = _written(ctx, sentences, key, id, row.cmd)
        if told is not None:
            yield told


def _written(ctx: Context, sentences: Sentences, key: str, id: int, cmd: int) -> Told | None:
    entity = ctx.app.package.entity(key)
    if entity is None:
        return None
    rows = history.of(ctx.conn, ctx.app.maps, ctx.app.package, ctx.ws, key, id)
    mine = next((r for r in rows if r.cmd == cmd), None)
    if mine is None:
        return None
    told = HistoryWords(ctx, sentences.words, sentences.cells, entity)
    pairs = [
        Pair(change.label, change.after, change.before, True)
        for part in mine.changes
        if (shown := change_of(ctx, entity, part)) is not None
        and (change := told.change(shown)).before != change.after
    ]
    name, url = sentences.record(key, id), sentences.url(key, id)
    if mine.version == 1:
        return Told(name, "plus", url, tone="new")
    return Told(name, "pencil", url, pairs=tuple(pairs)) if pairs else None


def _others(ctx: Context, sentences: Sentences, row: RunRow) -> list[Mapping[str, Any]]:
    """Other rules that ran in the same command."""
    rules = {rule.uid: rule for rule in ctx.app.package.rules}
    wanted = Wanted(ctx.app.row.app_id, cmds=[row.cmd])
    found = rule_runs.find(ctx.conn, ctx.ws, wanted, limit=MOST_TOUCHED)
    return [line(ctx, sentences, rules.get(r.rule_uid), r) for r in reversed(found) if named(r) != named(row)]
