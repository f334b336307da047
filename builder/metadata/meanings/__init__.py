"""Meanings: what each property of a definition speaks of. One table, from which references, expressions, pickers and renames are derived. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from builder.metadata.meaning import Meaning
from builder.metadata.meanings.access import OF_ACCESS
from builder.metadata.meanings.behaviour import OF_COMPUTATION, OF_FLOW, OF_RULE
from builder.metadata.meanings.data import OF_DATA
from builder.metadata.meanings.shown import OF_SHOWN
from builder.metadata.meanings.structure import OF_APP, OF_ENTITY, OF_LEDGER, OF_POSTING

MEANINGS: Mapping[str, Meaning] = {
    **OF_APP,
    **OF_ENTITY,
    **OF_POSTING,
    **OF_LEDGER,
    **OF_FLOW,
    **OF_RULE,
    **OF_COMPUTATION,
    **OF_SHOWN,
    **OF_ACCESS,
    **OF_DATA,
}
"""``Model.attribute`` → meaning. What is not here is a plain value."""


def meaning_of(model: type, attribute: str) -> Meaning | None:
    return MEANINGS.get(f"{model.__name__}.{attribute}")
