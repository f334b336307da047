"""Field types: what a field may hold. One file per type; plug-ins register theirs by the same call. Pure."""

from __future__ import annotations

from builder.metadata.field_types.address import Address
from builder.metadata.field_types.auto_number import AutoNumber
from builder.metadata.field_types.balance import Balance
from builder.metadata.field_types.barcode import Barcode
from builder.metadata.field_types.boolean import Boolean
from builder.metadata.field_types.choice import Choice
from builder.metadata.field_types.color import Color
from builder.metadata.field_types.created_at import CreatedAt
from builder.metadata.field_types.created_by import CreatedBy
from builder.metadata.field_types.date import Date
from builder.metadata.field_types.datetime import DateTime
from builder.metadata.field_types.decimal import DecimalNumber
from builder.metadata.field_types.duration import Duration
from builder.metadata.field_types.email import Email
from builder.metadata.field_types.file import File
from builder.metadata.field_types.formula import Formula
from builder.metadata.field_types.image import Image
from builder.metadata.field_types.integer import Integer
from builder.metadata.field_types.json import Json
from builder.metadata.field_types.kind import FieldType, Sort, Storage
from builder.metadata.field_types.lines import Lines
from builder.metadata.field_types.location import Location
from builder.metadata.field_types.long_text import LongText
from builder.metadata.field_types.lookup import Lookup
from builder.metadata.field_types.money import Money
from builder.metadata.field_types.multi_choice import MultiChoice
from builder.metadata.field_types.multi_reference import MultiReference
from builder.metadata.field_types.org_unit import OrgUnit
from builder.metadata.field_types.percent import Percent
from builder.metadata.field_types.phone import Phone
from builder.metadata.field_types.quantity import Quantity
from builder.metadata.field_types.rating import Rating
from builder.metadata.field_types.reference import Reference
from builder.metadata.field_types.region import Region
from builder.metadata.field_types.rich_text import RichText
from builder.metadata.field_types.role import Role
from builder.metadata.field_types.rollup import Rollup
from builder.metadata.field_types.signature import Signature
from builder.metadata.field_types.tags import Tags
from builder.metadata.field_types.text import Text
from builder.metadata.field_types.time import Time
from builder.metadata.field_types.updated_at import UpdatedAt
from builder.metadata.field_types.updated_by import UpdatedBy
from builder.metadata.field_types.url import Url
from builder.metadata.field_types.user import User
from builder.registry import Registry

FIELD_TYPES: Registry[FieldType] = Registry("field type")

for _type in (
    Text,
    LongText,
    RichText,
    Integer,
    DecimalNumber,
    Money,
    Quantity,
    Percent,
    Boolean,
    Date,
    Time,
    DateTime,
    Duration,
    Choice,
    MultiChoice,
    Tags,
    Reference,
    MultiReference,
    Lines,
    User,
    Role,
    OrgUnit,
    File,
    Image,
    Signature,
    Barcode,
    Phone,
    Email,
    Url,
    Address,
    Region,
    Location,
    Color,
    Rating,
    Json,
    AutoNumber,
    Formula,
    Lookup,
    Rollup,
    Balance,
    CreatedBy,
    CreatedAt,
    UpdatedBy,
    UpdatedAt,
):
    FIELD_TYPES.register(_type.name, _type())


def field_type(name: str) -> FieldType:
    """The registered type of that name; ``KeyError`` where there is none."""
    return FIELD_TYPES.get(name)


__all__ = ["FIELD_TYPES", "FieldType", "Sort", "Storage", "field_type"]
