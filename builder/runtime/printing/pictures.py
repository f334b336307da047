"""Pictures: what a field of files prints: pictures and signatures as they are, other files by their names."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from builder.errors import NotFoundError
from builder.metadata.field_types.files import PICTURES
from builder.record import Value
from builder.rules.reach import ids_in
from builder.runtime.contents import content_of
from builder.runtime.context import Context
from builder.storage import files
from builder.storage.files import FileRow

LARGEST = 1_500_000
MOST = 2_400_000
"""Bytes of pictures that one job prints; those that come after are named."""


class Paper(str):
    """One file in a print, as markup that the server made itself."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


class Papers(tuple[Paper, ...]):
    """Files of a field in a print: all at once, or one by one in a loop."""

    __slots__ = ()

    def __html__(self) -> str:
        return " ".join(self)

    def __str__(self) -> str:
        return self.__html__()


class Pictures:
    """Reads files for the prints of one job, no more of them than fit on paper."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._left = ctx, MOST

    def of(self, value: Value) -> Papers:
        """What a value prints."""
        found = files.get(self._ctx.conn, self._ctx.ws, ids_in(value))
        return Papers(self._one(found[id]) for id in ids_in(value) if id in found)

    def _one(self, row: FileRow) -> Paper:
        name = Paper(escape(row.name))
        if row.mime not in PICTURES or row.size > min(LARGEST, self._left):
            return name
        try:
            content = content_of(self._ctx.engine, self._ctx.ws, row)
        except NotFoundError:
            return name
        self._left -= row.size
        source = f"data:{row.mime};base64,{b64encode(content).decode()}"
        return Paper(f'<img class="picture" alt="{name}" src="{source}">')
