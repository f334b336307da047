"""Layout: another way to show the records of a view than as rows: bars along days, days of a month, columns of cards. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from builder.metadata.text import Text


@dataclass(frozen=True, slots=True)
class Layout:
    """A view's records, filtered and permitted as in its list, laid out as ``gantt`` (a bar from ``from_`` to ``to``, in rows by ``by``), as
    ``calendar`` (on the days from ``from_`` to ``to``) or as ``board`` (cards in columns by ``by``). ``title`` is what is written on each, left
    out: the record's title; ``progress`` fills it (of a hundred) and ``color_by`` is the choice or state that colours it. What ends
    after its ``due`` day is marked."""

    uid: str
    key: str
    kind: Literal["gantt", "calendar", "board"]
    from_: str = ""
    to: str = ""
    by: str = ""
    title: str = ""
    progress: str = ""
    color_by: str = ""
    due: str = ""
    label: Text | None = None
