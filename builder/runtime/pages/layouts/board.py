"""Board: a column for every state or choice, with the newest records in it as cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from builder.runtime.pages.layouts.laid import Laid
from builder.runtime.pages.lists import Shown
from builder.runtime.pages.paths import own_field
from builder.runtime.rights import Filter

MOST_CARDS = 20
FACTS = 4


def board(laid: Laid, shown: Sequence[Shown], column_url: Callable[[Filter], str]) -> Mapping[str, Any]:
    """What the template draws. The columns of the list are the facts of a card."""
    by = laid.layout.by
    field = own_field(laid.entity, by)
    known = laid.values_of(field) if field is not None else []
    facts = [column for column in shown if column.path != by][: FACTS + 1]
    columns: list[dict[str, Any]] = []
    for key, cell in known:
        where = {"field": by, "op": "=", "value": key}
        page, _ = laid.lists.page(laid.asking(where, MOST_CARDS))
        count = page.count or 0
        columns.append({
            "label": cell.text,
            "colour": cell.colour or "gray",
            "count": f"{count}+" if page.is_capped else str(count),
            "cards": laid.lists.rows(page.records, facts),
            "more": page.next is not None,
            "url": column_url(where),
        })  # fmt: skip
    return {"columns": columns, "rows": [card for column in columns for card in column["cards"]]}
