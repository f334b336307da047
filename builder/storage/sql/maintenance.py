"""Maintenance: statements about whole databases."""

from __future__ import annotations

from sqlalchemy import text

ANALYZE = text("ANALYZE")
"""Look at what the tables hold, so that the planner knows."""
ANALYZE_SOME = text("PRAGMA analysis_limit = 4000")
"""Look at that many rows of each index: a lock of milliseconds instead of seconds."""
