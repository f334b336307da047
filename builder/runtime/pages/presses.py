"""Presses: the buttons of rules on a record's page, for whoever may change the record and where the rule would act now."""

from __future__ import annotations

from builder.expressions import ExpressionError
from builder.metadata.rule import Rule
from builder.record import Record
from builder.rules.conditions import judge
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.record import Move
from builder.runtime.pages.words import Words


def presses(ctx: Context, words: Words, record: Record) -> list[Move]:
    """In the order of the rules."""
    may = ctx.kernel.may("update", record.entity) and ctx.in_scope(record, "update")
    if record.archived_at is not None or not may:
        return []
    id = ctx.engine.database.show(record.id)
    return [
        Move(
            rule.key,
            words.of(rule.when.label or rule.label),
            addresses.api_button(ctx.app.key, record.entity, id, rule.key),
            icon="bolt",
        )
        for rule in ctx.app.package.rules_for(record.entity)
        if rule.when.kind == "button" and _acts(ctx, rule, record)
    ]


def _acts(ctx: Context, rule: Rule, record: Record) -> bool:
    """Whether its condition holds. One that cannot be judged would be refused, and is not offered."""
    try:
        return judge(ctx.facts, rule, record).applies
    except ExpressionError:
        return False
