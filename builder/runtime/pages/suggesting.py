"""Suggesting: what a form fills in when somebody chooses a record in it, and nothing else ever does.

The form's references say in their address which of its fields may be filled. Imports, conversions, the API and scans do not ask for any, and
a field that the form does not show, or that this actor does not enter, is not filled behind anybody's back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from builder.metadata.entity import Entity
from builder.runtime.pages.fields import Fields

SUGGESTED = "suggest"


def let_suggest(fields: Fields, drawn: Sequence[dict[str, Any]]) -> None:
    """Has the references among the fields of a form, or the columns of a grid, ask for what the others suggest."""
    open_ = {made["key"] for made in drawn if not made["readOnly"] and not made.get("hidden")}
    for made in drawn:
        of = fields.entity.field(made["key"])
        keys = (
            open_ & fields.filled_by(of, "suggest").keys()
            if of is not None and of.type == "reference"
            else ()
        )
        if keys and made["key"] in open_:
            mark = "&" if "?" in made["lookupUrl"] else "?"
            made["lookupUrl"] += f"{mark}{SUGGESTED}={','.join(sorted(keys))}"


def suggested_of(entity: Entity, asked: str) -> frozenset[str]:
    """Those of the asked fields that suggest something."""
    return frozenset(of.key for of in entity.fields if of.suggest and of.key in asked.split(","))
