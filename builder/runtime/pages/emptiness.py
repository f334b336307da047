"""Emptiness: why a list has no rows: nothing was entered yet, or it is held back by what was asked, by the list's own filter, or by rights."""

from __future__ import annotations

from dataclasses import dataclass, replace

from builder.errors import BuilderError
from builder.metadata.form import View
from builder.runtime.listing import Wanted, list_records
from builder.runtime.pages import addresses
from builder.runtime.pages.lists import Asked, Lists
from builder.runtime.pages.starting import is_there


@dataclass(frozen=True)
class Emptiness:
    """``title`` and ``text`` say why; ``clear`` is the list without what was asked, ``wider`` one that holds everything, each with its words.
    Where ``may_begin``, nothing was ever entered that the reader sees."""

    title: str
    text: str = ""
    clear: str = ""
    wider: str = ""
    may_begin: bool = False


def emptiness(lists: Lists, asked: Asked) -> Emptiness:
    """Why nothing of what was ``asked`` is there."""
    words, view = lists.words, asked.view
    plain = replace(asked, text="", where=None, quick={}, referred=None)
    here = addresses.list_page(lists.ctx.app.key, lists.entity.key, **({"view": view.key} if view else {}))
    name = asked.base_label or (words.of(view.label) if view else "")
    if plain != asked and (count := _counted(lists, plain)):
        text = words.say("page.no_hits_among", view=name or words.of(lists.entity.label), n=count)
        return Emptiness(words.say("page.no_hits"), text, clear=here)
    clear = here if plain != asked else ""
    what = words.of(lists.entity.label_plural or lists.entity.label)
    is_limited = bool(asked.base_label or (view and view.filter))
    count = _counted(lists, Asked(None)) if is_limited else ""
    if is_limited and count:
        text = words.say("page.none_in_text", entity=words.inside(what), n=count)
        return Emptiness(words.say("page.none_in", view=name), text, clear, _wider(lists, view))
    title = words.say("page.none_of", entity=words.inside(what))
    # Who sees some rows alone is not told that there are none.
    if lists.ctx.kernel.scope(lists.entity.key) is not None:
        return Emptiness(title, words.say("page.none_seen"), clear, may_begin=True)
    return Emptiness(title, words.of(lists.entity.help), clear, may_begin=True)


def _counted(lists: Lists, asked: Asked) -> str:
    """How many records there are of it, in words; empty for none, and where nobody can count them."""
    try:
        where = asked.filter(lists.entity)
        wanted = Wanted(where, limit=1, count="capped", archived=asked.archived)
        found = list_records(lists.ctx, lists.entity.key, wanted)
    except BuilderError:
        return ""
    return f"{found.count:,}{'+' if found.is_capped else ''}" if found.count else ""


def _wider(lists: Lists, view: View | None) -> str:
    """The first list of the same records that leaves none out."""
    views = lists.ctx.app.package.views_of(lists.entity.key)
    found = (v for v in views if v is not view and not v.filter and is_there(lists.ctx.kernel, v))
    wider = next(found, None)
    return addresses.list_page(lists.ctx.app.key, lists.entity.key, view=wider.key) if wider else ""
