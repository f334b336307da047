"""Rows and people that storage tests share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


def record_row(id: int, entity_id: int, **more: Any) -> dict[str, Any]:
    """A row of a pool member."""
    return {
        "ws": 1,
        "entity_id": entity_id,
        "id": id,
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
        **more,
    }


def user_body(id: int, login: str, **more: Any) -> dict[str, Any]:
    """What commit hands to ``save_user``."""
    return {
        "id": id,
        "is_new": True,
        "login": login,
        "name": login.title(),
        "email": "",
        "locale": "zh-CN",
        "password_hash": "hash",
        "status": "active",
        "is_admin": None,
        "org_unit": None,
        **more,
    }
