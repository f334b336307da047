"""Entering what a lookup does not find: where a form for it begins, with what was typed and what the choice is limited to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from builder.metadata.entity import Entity, Field
from builder.metadata.filter import conjuncts
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.lookups import Item, Lookups

NAMES = ("text", "barcode")


def entering(lookups: Lookups, text: str, items: list[Item]) -> Item | None:
    """``{label, url}`` of a form for what was typed; None where it is there already, or the actor may not enter one.

    Without a text it is offered only where there is nothing to choose yet; not where choosing is from what a ledger holds, to which nothing
    is added by entering one."""
    target = lookups.ctx.app.package.entity(lookups.field.entity or "")
    if (
        target is None
        or (not text and (items or lookups.field.offered is not None))
        or target.kind != "master"
        or not lookups.ctx.kernel.may("create", target.key)
    ):
        return None
    if any(text.casefold() in {str(i["label"]).casefold(), str(i.get("code", "")).casefold()} for i in items):
        return None
    known = {of.key: value for of, value in _limits(lookups, target) if _enterable(lookups.ctx, target, of)}
    title = target.field(target.title)
    if text and title is not None and title.type in NAMES and _enterable(lookups.ctx, target, title):
        known[title.key] = text
    what = lookups.words.inside(lookups.words.of(target.label))
    label = lookups.words.say("el.enter_new" if text else "el.enter_first", what=what, name=text)
    return {"label": label, "url": addresses.new_page(lookups.ctx.app.key, target.key, **known)}


def _limits(lookups: Lookups, target: Entity) -> Iterator[tuple[Field, str]]:
    """What the field's filter demands of a record: fields that must equal a value, of the record at hand or said outright."""
    for condition in conjuncts(lookups.field.filter):
        of = target.field(str(condition.get("field", "")))
        value = condition.get("value")
        if of is None or condition.get("op") != "=":
            continue
        if isinstance(value, Mapping):
            said = lookups.given.get(str(value.get("record", "")), "")
        else:
            said = str(value).lower() if isinstance(value, bool) else str(value)
        if said:
            yield of, said


def _enterable(ctx: Context, target: Entity, of: Field) -> bool:
    return not of.is_computed and ctx.kernel.is_writable(target.key, of.key, deed="create")
