"""Given: what an address brings along of a record that is being entered, and of its document (``parent.…``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeAlias

from builder.errors import Problem
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import FIELD_TYPES
from builder.record import Record, Value
from builder.runtime.context import Context
from builder.runtime.handlers.records import blank_record
from builder.runtime.handlers.sight import in_sight
from builder.runtime.representation import REFERENCE_TYPES

ABOVE = "parent."
YES_OR_NO: Mapping[str, bool] = {"true": True, "false": False}
"""As addresses write them."""
Given: TypeAlias = Mapping[str, str]


def read_value(ctx: Context, field: Field, text: str) -> Value:
    """A value from an address; None where it cannot be read."""
    if field.type in REFERENCE_TYPES:
        return ctx.engine.database.read_id(text)
    if field.type == "boolean":
        return YES_OR_NO.get(text)
    kind = FIELD_TYPES.find(field.type)
    found = kind.parse(text, field) if kind else None
    return None if isinstance(found, Problem) else found


def given_values(ctx: Context, fields: Iterable[Field], given: Given, prefix: str = "") -> dict[str, Value]:
    """The values of those fields that are given and can be read."""
    return {
        of.key: value
        for of in fields
        if (text := given.get(f"{prefix}{of.key}")) and (value := read_value(ctx, of, text)) is not None
    }


def given_document(ctx: Context, entity: Entity, given: Given) -> Record:
    """The document that is being entered, as far as it is given. Records out of sight are not for asking, whatever the address says."""
    blank = blank_record(ctx, entity)
    values = given_values(ctx, entity.record_fields, given, ABOVE)
    day = read_value(ctx, Field("", "business_date", "date", ""), given.get(f"{ABOVE}business_date", ""))
    if isinstance(day, date):
        blank = blank.but(business_date=day)
    return in_sight(ctx, entity, blank.but(values=values), None)[0]
