"""Shapes of bodies that are not records, as marshmallow schemas; OpenAPI takes them from here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from builder.errors import Problem

MANY_IDS = 1000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
MANY_ROWS = 10_000
YEARS = range(1900, 9000)
"""Moments of these years may be said: every zone's clock knows them."""


@dataclass(frozen=True)
class Loaded:
    values: dict[str, Any]
    problems: tuple[Problem, ...]


class Shape(Schema):
    """A body's shape. What is unknown is refused; every problem has its path."""

    class Meta:
        unknown = RAISE

    def read(self, body: Mapping[str, Any]) -> Loaded:
        try:
            return Loaded(dict(self.load(body)), ())
        except ValidationError as error:
            messages: Any = error.messages_dict
            return Loaded({}, tuple(_problems(messages, "")[:MANY_IDS]))


def _problems(messages: Any, path: str) -> list[Problem]:
    if isinstance(messages, Mapping):
        return [p for key, below in messages.items() for p in _problems(below, f"{path}/{key}")]
    texts = messages if isinstance(messages, list) else [messages]
    return [Problem(_code(str(text)), path, {"detail": str(text)}) for text in texts]


def _code(text: str) -> str:
    if text == "Unknown field.":
        return "PROPERTY_UNKNOWN"
    if text.startswith("Missing data"):
        return "PROPERTY_MISSING"
    return "PROPERTY_INVALID"


class Words(fields.String):
    """A text without control characters: they cannot be read, and not every database keeps them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        found = super()._deserialize(value, attr, data, **more)
        if CONTROL.search(found):
            raise ValidationError("Control characters are not text.")
        return found


def text(most: int, **options: Any) -> Words:
    return Words(validate=validate.Length(max=most), **options)


class OverrideShape(Shape):
    guard = text(100, required=True, metadata={"description": "Key of the guard to break"})
    reason = Words(required=True, validate=validate.Length(min=1, max=500))


class SignInShape(Shape):
    login = text(80, required=True, metadata={"example": "owner"})
    password = text(200, required=True)
    totp = text(10, load_default=None, allow_none=True)


class TransitionShape(Shape):
    approvers = fields.Dict(keys=Words(), values=fields.List(Words()), load_default=dict)
    foreseen = fields.Dict(keys=Words(), values=fields.List(Words()), load_default=None, allow_none=True)
    opinion = text(1000, load_default="")
    fields_ = fields.Dict(keys=Words(), data_key="fields", load_default=dict)
    override = fields.List(fields.Nested(OverrideShape), load_default=list)


class BulkTransitionShape(Shape):
    ids = fields.List(Words(), required=True, validate=validate.Length(min=1, max=MANY_IDS))
    atomic = fields.Boolean(load_default=False)
    opinion = text(1000, load_default="")


class MergedPairShape(Shape):
    keep = Words(required=True)
    away = Words(required=True)
    take = fields.List(Words(), load_default=list)


class MergeShape(Shape):
    pairs = fields.List(
        fields.Nested(MergedPairShape()), required=True, validate=validate.Length(min=1, max=MANY_IDS)
    )
    dry_run = fields.Boolean(load_default=False)


class ConversionShape(Shape):
    lines = fields.Dict(keys=Words(), values=fields.Raw(), load_default=None, allow_none=True)
    fields_ = fields.Dict(keys=Words(), data_key="fields", load_default=dict)
    line_fields = fields.Dict(
        keys=Words(), values=fields.Dict(keys=Words(), values=fields.Dict(keys=Words())), load_default=dict
    )


class BulkConversionShape(Shape):
    ids = fields.List(Words(), required=True, validate=validate.Length(min=1, max=MANY_IDS))


class BulkShape(Shape):
    rows = fields.List(fields.Dict(), required=True, validate=validate.Length(min=1, max=MANY_ROWS))
    upsert_by = text(64, load_default=None, allow_none=True)


class ComputationShape(Shape):
    parameters = fields.Dict(keys=Words(), values=fields.Raw(), load_default=dict)
    only_ = fields.List(
        Words(), data_key="only", load_default=None, allow_none=True, validate=validate.Length(max=MANY_ROWS)
    )
    seen = Words(load_default=None, allow_none=True)
    dry_run = fields.Boolean(load_default=False)


class ApprovalMoveShape(Shape):
    transition = Words(required=True)
    mapping = fields.Dict(keys=Words(), values=Words(), load_default=dict)
    dry_run = fields.Boolean(load_default=False)


class BatchShape(Shape):
    ids = fields.List(Words(), required=True, validate=validate.Length(min=1, max=200))
    action = Words(required=True, validate=validate.OneOf(["approve", "reject", "return"]))
    opinion = text(1000, load_default="")


class TaskShape(Shape):
    opinion = text(1000, load_default="")
    to_user = Words(load_default=None, allow_none=True)
    users = fields.List(Words(), load_default=list, validate=validate.Length(max=100))
    node = text(300, load_default="")
    straight = fields.Boolean(load_default=False)
    place = Words(load_default="", validate=validate.OneOf(["", "before", "after", "parallel"]))
    fields_ = fields.Dict(keys=Words(), data_key="fields", load_default=dict)
    override = fields.List(fields.Nested(OverrideShape), load_default=list)


def _is_within_reach(value: datetime) -> None:
    if value.year not in YEARS:
        raise ValidationError("Not a valid datetime: no clock of ours reaches it.")


class TicketFieldsShape(Shape):
    title = text(300, required=True)
    kind = Words(load_default="task", validate=validate.OneOf(["task", "exception"]))
    body = text(2000, load_default="", allow_none=True)
    owner = Words(load_default=None, allow_none=True)
    due_at = fields.AwareDateTime(load_default=None, allow_none=True, validate=_is_within_reach)
    due_days = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1000))
    due_hours = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 10_000))


class TicketShape(Shape):
    fields_ = fields.Nested(TicketFieldsShape, data_key="fields", required=True)


class TicketActionShape(Shape):
    opinion = text(2000, load_default="")
    to_user = Words(load_default=None, allow_none=True)


def _says_something(value: str) -> None:
    if not value.strip():
        raise ValidationError("Missing data: blanks say nothing.")


class CommentShape(Shape):
    body = Words(required=True, validate=[_says_something, validate.Length(max=4000)])
    mentions = fields.List(Words(), load_default=list)


class NoticesShape(Shape):
    ids = fields.List(Words(), load_default=None, allow_none=True, validate=validate.Length(max=MANY_IDS))


class NoticeChoicesShape(Shape):
    modes = fields.Dict(
        keys=text(20), values=text(20), load_default=dict, metadata={"example": {"approval": "now"}}
    )
    urgent = fields.List(text(20), load_default=list, validate=validate.Length(max=20))
    quiet_from = text(5, load_default="", metadata={"example": "22:00"})
    quiet_to = text(5, load_default="", metadata={"example": "07:30"})
    handles = fields.Dict(
        keys=text(20), values=text(64), load_default=dict, metadata={"example": {"wecom": "anna"}}
    )


class SettingShape(Shape):
    value = fields.Raw(required=True, allow_none=True)


class PeriodShape(Shape):
    through = Words(required=True, metadata={"example": "2026-10-31"})
    reason = text(2000, load_default="")
    accept = fields.List(text(200), load_default=list, validate=validate.Length(max=MANY_IDS))


class SwitchShape(Shape):
    to = text(64, required=True, metadata={"example": "fifo"})
    filter = fields.Dict(load_default=None, allow_none=True)
    unit = Words(load_default=None, allow_none=True, metadata={"example": "12.50"})
    reason = text(2000, load_default="")
    dry_run = fields.Boolean(load_default=False)


class ResolveShape(Shape):
    resolve = fields.List(text(200), required=True, validate=validate.Length(min=1, max=MANY_IDS))
    filter = fields.Dict(load_default=None, allow_none=True)


class ReopenShape(Shape):
    through = Words(load_default=None, allow_none=True, metadata={"example": "2026-09-30"})
    reason = text(2000, load_default="")


class UserShape(Shape):
    login = text(80, required=True)
    name = text(80, required=True)
    email = text(200, load_default="")
    locale = Words(load_default="zh-CN", validate=validate.OneOf(["zh-CN", "en"]))
    password = text(200, load_default=None, allow_none=True)
    status = Words(load_default="active", validate=validate.OneOf(["active", "disabled"]))
    is_admin = fields.Boolean(load_default=None, allow_none=True)
    org_unit = text(64, load_default=None, allow_none=True)


class GrantShape(Shape):
    user = Words(required=True)
    role = text(64, required=True)
    org_unit = text(64, load_default=None, allow_none=True)
    revoke = fields.Boolean(load_default=False)


class OrgUnitShape(Shape):
    key = text(64, required=True)
    name = text(80, required=True)
    parent = text(64, load_default=None, allow_none=True)
    head = Words(load_default=None, allow_none=True)


class TokenShape(Shape):
    name = text(80, load_default="")
    scope = fields.List(Words(), load_default=list, metadata={"example": ["general:read"]})
    days = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1, max=3650))


SHAPES: Mapping[str, type[Shape]] = {
    "SignIn": SignInShape,
    "Transition": TransitionShape,
    "BulkTransition": BulkTransitionShape,
    "Merge": MergeShape,
    "Conversion": ConversionShape,
    "NoticeChoices": NoticeChoicesShape,
    "BulkConversion": BulkConversionShape,
    "Bulk": BulkShape,
    "TaskAction": TaskShape,
    "TaskBatch": BatchShape,
    "ApprovalMove": ApprovalMoveShape,
    "Comment": CommentShape,
    "Ticket": TicketShape,
    "TicketAction": TicketActionShape,
    "Notices": NoticesShape,
    "SettingValue": SettingShape,
    "Period": PeriodShape,
    "Reopen": ReopenShape,
    "Computation": ComputationShape,
    "Switch": SwitchShape,
    "Resolve": ResolveShape,
    "User": UserShape,
    "Grant": GrantShape,
    "OrgUnit": OrgUnitShape,
    "Token": TokenShape,
}
