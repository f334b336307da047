"""Maintenance: statements about whole databases."""

from __future__ import annotations

from sqlalchemy import text

ANALYZE = text("ANALYZE")
"""Look at what the tables hold, so that the planner knows."""
