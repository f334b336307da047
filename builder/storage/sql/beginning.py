"""Beginning: how SQLite is told that a transaction starts."""

from __future__ import annotations

from sqlalchemy import text

BEGIN = text("BEGIN")
"""A reader: what it sees first is what it goes on seeing."""
BEGIN_WRITING = text("BEGIN IMMEDIATE")
"""The only writer there is, from the start: a reader cannot become one when others wrote."""
