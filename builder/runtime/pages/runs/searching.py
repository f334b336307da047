"""Searching the log of rules: by rule, record, outcome and period, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from builder.errors import BuilderError
from builder.metadata.rule import Rule
from builder.metadata.settings import RULE_LOG_DAYS
from builder.metadata.uses import PLACEHOLDER
from builder.runtime.context import Context
from builder.runtime.listing import Wanted as ListWanted
from builder.runtime.listing import list_records
from builder.runtime.pages import addresses
from builder.runtime.pages.runs.sentences import Sentences
from builder.runtime.pages.words import Words
from builder.storage import rule_runs
from builder.storage.rule_runs import MOST_COUNTED, RunRow, Wanted
from builder.web.told import Told

PAGE = 50
NAMED = 20
"""How many records of one kind a name is looked up among."""
LARGEST = 2**63 - 1
YEARS = range(1900, 9000)
"""Days of these years are looked for: every zone's clock knows them."""
OUTCOMES: Mapping[str, str] = {"done": "green", "queued": "blue", "refused": "orange", "failed": "red"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for, as the page's address says it."""

    rule: str = ""
    record: str = ""
    entity: str = ""
    id: str = ""
    outcome: str = ""
    since: str = ""
    until: str = ""
    after: str = ""

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Asked:
        named = {name: str(args.get(name, ""))[:100].strip() for name in cls.__dataclass_fields__}
        return cls(**named)

    @property
    def is_narrow(self) -> bool:
        """Whether it asks for less than everything."""
        return any((self.rule, self.record, self.id, self.outcome, self.since, self.until))

    def query(self, **other: str) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"after": "", **other}


def page_of(ctx: Context, words: Words, asked: Asked) -> dict[str, Any]:
    """What the page of the log shows."""
    rules = {rule.uid: rule for rule in ctx.app.package.rules}
    wanted = wanted_of(ctx, words, asked)
    found = rule_runs.find(ctx.conn, ctx.ws, wanted, after=place_of(asked.after), limit=PAGE + 1)
    rows, more = found[:PAGE], len(found) > PAGE
    count = rule_runs.count(ctx.conn, ctx.ws, wanted)
    say = "runs.count_more" if count >= MOST_COUNTED else "runs.count"
    at = addresses.built_in_page(ctx.app.key, "runs")
    return {
        "asked": asked,
        "rules": [(r.key, words.of(r.label)) for r in rules.values()],
        "outcomes": [(key, words.say(f"runs.outcome.{key}")) for key in OUTCOMES],
        "about": about(ctx, words, asked),
        "runs": lines(ctx, words, rows),
        "count": words.say(say, n=count),
        "older": addresses.built_in_page(ctx.app.key, "runs", **asked.query(after=named(rows[-1])))
        if more
        else "",
        "newest": addresses.built_in_page(ctx.app.key, "runs", **asked.query()) if asked.after else "",
        "kept": words.say("runs.kept", n=int(str(ctx.reader.setting(RULE_LOG_DAYS)))),
        "at": at,
    }


def lines(ctx: Context, words: Words, rows: tuple[RunRow, ...]) -> list[Mapping[str, Any]]:
    """Runs as rows of a list: the rule, its record, what it did in a few words, what came of it."""
    rules = {rule.uid: rule for rule in ctx.app.package.rules}
    sentences = Sentences.of(ctx, words)
    _load(ctx, rows)
    return [line(ctx, sentences, rules.get(row.rule_uid), row) for row in rows]


def _load(ctx: Context, rows: tuple[RunRow, ...]) -> None:
    """Read the records that the rows are about, one query a kind."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        entity = ctx.app.maps.entity_by_id(row.entity_id)
        if entity is not None and row.record_id:
            wanted.setdefault(entity, set()).add(row.record_id)
    for entity, ids in wanted.items():
        ctx.reader.get(entity, ids)


def line(ctx: Context, sentences: Sentences, rule: Rule | None, row: RunRow) -> Mapping[str, Any]:
    words, entity = sentences.words, ctx.app.maps.entity_by_id(row.entity_id) or ""
    sentences.is_closed = not _may_read_messages(ctx, rule, entity)
    steps = sentences.steps(entity, row.record_id, row.steps)
    outcome = row.outcome if row.outcome in OUTCOMES else "other"
    return {
        "url": f"{addresses.built_in_page(ctx.app.key, 'runs')}/{named(row)}",
        "rule": words.of(rule.label) if rule is not None else words.say("runs.detail.gone_rule"),
        "record": sentences.record(entity, row.record_id) if entity and row.record_id else "",
        "record_url": sentences.url(entity, row.record_id),
        "when": words.instant(row.at),
        "ago": words.ago(row.at),
        "outcome": words.say(f"runs.outcome.{outcome}"),
        "colour": OUTCOMES.get(row.outcome, "gray"),
        "did": "；".join(dict.fromkeys(short(words, step) for step in steps[:4]))
        if words.locale != "en"
        else "; ".join(dict.fromkeys(short(words, step) for step in steps[:4])),
    }


def _may_read_messages(ctx: Context, rule: Rule | None, entity: str) -> bool:
    """Whether the reader sees everything that fills the titles of the rule's messages; those who look after the app see all of the log."""
    if ctx.kernel.is_unlimited or ctx.kernel.has_right("settings"):
        return True
    if rule is None:
        return False
    titles = (str(action.title) for top in rule.then for action in top.walk())
    paths = {path for title in titles for path in PLACEHOLDER.findall(title)}
    return all(ctx.kernel.is_path_readable(entity, path) for path in paths)


def short(words: Words, told: Told) -> str:
    """One thing that was done, in a line."""
    if told.pairs and not told.url:
        said = words.listed(f"{p.label} {p.after}".strip() for p in told.pairs[:3])
        return f"{told.text} {said}"
    return told.text


def named(row: RunRow) -> str:
    """A run within addresses."""
    return f"{row.cmd}-{row.run_no}"


def place_of(text: str) -> tuple[int, int] | None:
    """The run that an address names; None for no such name."""
    cmd, _, number = text.partition("-")
    if not text.isascii() or not (cmd.isdecimal() and number.isdecimal()) or len(cmd) > 19 or len(number) > 9:
        return None
    return (int(cmd), int(number)) if int(cmd) <= LARGEST else None


def about(ctx: Context, words: Words, asked: Asked) -> str:
    """The one record whose runs are shown, if it is one."""
    id = ctx.engine.database.read_id(asked.id) if asked.id else None
    return Sentences.of(ctx, words).record(asked.entity, id) if id else ""


def wanted_of(ctx: Context, words: Words, asked: Asked) -> Wanted:
    """The question to the log. A name that nothing bears finds nothing."""
    rule = next((r for r in ctx.app.package.rules if r.key == asked.rule), None)
    outcome = (asked.outcome,) if asked.outcome in OUTCOMES else ()
    return Wanted(
        ctx.app.row.app_id,
        rule.uid if rule is not None else asked.rule,
        _records(ctx, asked),
        outcome,
        _midnight(words, asked.since),
        _midnight(words, asked.until, days=1),
    )


def _records(ctx: Context, asked: Asked) -> list[tuple[int, int]] | None:
    id = ctx.engine.database.read_id(asked.id) if asked.id else None
    if asked.id:
        known = id and asked.entity in ctx.app.maps.entities
        return [(ctx.app.maps.entity_id(asked.entity), id)] if known and id else []
    if not asked.record:
        return None
    found: list[tuple[int, int]] = []
    for entity in ctx.app.package.entities:
        if entity.kind == "lines" or not ctx.app.package.rules_for(entity.key):
            continue
        found += [(ctx.app.maps.entity_id(entity.key), id) for id in _called(ctx, entity.key, asked.record)]
    return found


def _called(ctx: Context, entity: str, text: str) -> list[int]:
    if not ctx.kernel.may("read", entity) or entity not in ctx.app.maps.entities:
        return []
    try:
        wanted = ListWanted(text=text, limit=NAMED, count="none")
        return [record.id for record in list_records(ctx, entity, wanted).records]
    except BuilderError:
        return []


def _midnight(words: Words, text: str, days: int = 0) -> datetime | None:
    """The day's beginning on the reader's clock."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(day, time(), words.zone) if day.year in YEARS else None
