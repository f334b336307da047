"""Documents behind entries of a trace, as pages name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.ledger import switching
from builder.ledger.trace import Node
from builder.runtime.pages import addresses
from builder.runtime.pages.ledgers.asked import Asked
from builder.runtime.representation import title_of
from builder.runtime.tracing import Sight


def drawn(asked: Asked, sight: Sight, node: Node) -> Mapping[str, Any]:
    """The entry's document with its address and day, and where the cost of the entry is explained and traced."""
    show = asked.ctx.engine.database.show
    made = node.entry
    if made.id not in sight.visible:
        return {
            "title": asked.words.say("ledger.hidden"),
            "url": "",
            "day": "",
            "cost_url": "",
            "trace_url": "",
        }
    is_switch = node.posting == switching.POSTING
    title, url = asked.words.say("ledger.method.entry" if is_switch else "ledger.hidden"), ""
    record = sight.document(node)
    entity = asked.ctx.app.package.entity(record.entity) if record is not None else None
    if record is not None and entity is not None:
        title = f"{asked.words.of(entity.label)} {title_of(entity, record)}"
        url = addresses.record_page(asked.ctx.app.key, entity.key, show(record.id))
    here = asked.ctx.app.key, made.ledger
    return {
        "title": title,
        "url": url,
        "day": made.business_date.isoformat(),
        "cost_url": addresses.ledger_page(*here, "cost", entry=show(made.id)),
        "trace_url": addresses.ledger_page(*here, "trace", entry=show(made.id)),
    }
