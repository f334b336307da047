"""Files in a field, shared by the types that hold them: which kinds, how large, how many. Pure.

A value is a tuple of file ids. What a file is called, what it is and how large it is lies with the file, so it is never believed from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, FieldType, Sort, Storage, problem
from builder.metadata.field_types.references import read_id
from builder.record import Value

FILE_TYPES = frozenset({"file", "image", "signature"})
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""What a page shows as a picture: kinds that every browser draws and that hold nothing that runs."""
OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "image": PICTURES,
        "pdf": ("application/pdf",),
        "spreadsheet": (f"{OFFICE}.spreadsheetml.sheet", "application/vnd.ms-excel", "text/csv"),
        "document": (f"{OFFICE}.wordprocessingml.document", "application/msword", "text/plain"),
        "presentation": (f"{OFFICE}.presentationml.presentation", "application/vnd.ms-powerpoint"),
        "archive": ("application/zip",),
    }
)
"""Kinds by the names that a definition uses, and the media types that they stand for."""
ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        "image": ".png,.jpg,.jpeg,.gif,.webp",
        "pdf": ".pdf",
        "spreadsheet": ".xlsx,.xls,.csv",
        "document": ".docx,.doc,.txt",
        "presentation": ".pptx,.ppt",
        "archive": ".zip",
    }
)
WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "image": ("图片", "pictures"),
        "image/png": ("图片（PNG）", "pictures (PNG)"),
        "pdf": ("PDF", "PDF"),
        "spreadsheet": ("表格", "tables"),
        "document": ("文档", "documents"),
        "presentation": ("演示文稿", "presentations"),
        "archive": ("压缩包", "archives"),
    }
)
MOST = 50
"""Files that one field may hold, whatever its definition says."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a field takes: media types (none named: every kind), bytes of each, number of files."""

    mimes: frozenset[str]
    size: int
    count: int

    def takes(self, mime: str) -> bool:
        return not self.mimes or mime in self.mimes


class FilesType(FieldType):
    """What types that hold files share; ``usual`` are the kinds where the field names none, ``largest`` and ``most`` its other limits."""

    storage: ClassVar[Storage] = "ext"
    sort: ClassVar[Sort] = "list"
    properties: ClassVar[tuple[str, ...]] = (*COMMON, "accept", "max_size", "max_count")
    usual: ClassVar[tuple[str, ...]] = ()
    largest: ClassVar[int] = 10_000_000
    most: ClassVar[int] = 10

    def limits(self, field: Field) -> Limits:
        """What the field takes."""
        mimes = frozenset(mime for kind in self.kinds(field) for mime in KINDS.get(kind, (kind,)))
        return Limits(mimes, field.max_size or self.largest, min(field.max_count or self.most, MOST))

    def kinds(self, field: Field) -> tuple[str, ...]:
        """The kinds that the field names, or those of its type."""
        return field.accept or self.usual

    def said(self, field: Field) -> Mapping[str, str]:
        """The kinds that the field takes, in both languages; empty where it takes every kind."""
        named = [WORDS.get(kind, (kind, kind)) for kind in self.kinds(field)]
        return {"zh-CN": "、".join(zh for zh, _ in named), "en": ", ".join(en for _, en in named)}

    def endings(self, field: Field) -> str:
        """The endings of names that a browser offers; empty for every kind."""
        return ",".join(ENDINGS.get(kind, kind) for kind in self.kinds(field))

    def wrong(self, field: Field, name: str, mime: str, size: int) -> Problem | None:
        """Why the field does not take that file."""
        limits = self.limits(field)
        if not limits.takes(mime):
            return problem("FILE_KIND", field, name=name, kinds=self.said(field))
        if size > limits.size:
            return problem("FILE_TOO_LARGE", field, name=name, most=_megabytes(limits.size))
        return None

    def read(self, value: Any, field: Field) -> Value | Problem:
        given = value if isinstance(value, list | tuple) else [value]
        found = [read_id(one) for one in given]
        if any(id is None for id in found):
            return problem("FILE_UNKNOWN", field)
        return tuple(dict.fromkeys(found)) or None

    def check(self, value: Value, field: Field) -> Problem | None:
        most = self.limits(field).count
        return (
            problem("FILE_TOO_MANY", field, most=most)
            if isinstance(value, tuple) and len(value) > most
            else None
        )

    def to_json(self, value: Value, field: Field) -> Any:
        return list(value) if isinstance(value, tuple) else None

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        """Nothing: an id says nothing to anybody. Who reads the files writes their names."""
        return ""

    def from_text(self, text: str, field: Field, locale: str) -> Value | Problem:
        return problem("FILE_UNKNOWN", field) if text.strip() else None

    def encode(self, value: Value, field: Field) -> Any:
        return list(value) if isinstance(value, tuple) else None

    def decode(self, stored: Any, field: Field) -> Value:
        return tuple(stored) if isinstance(stored, list | tuple) and stored else None

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {
            "type": ["array", "null"],
            "items": {"type": "string"},
            "maxItems": self.limits(field).count,
            "description": "ids of uploaded files",
        }


def _megabytes(size: int) -> str:
    """A size in megabytes with one digit, where it has one."""
    tenths = max(1, size // 100_000)
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)
