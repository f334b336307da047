"""Apps: the nodes of a new app, made from nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.metadata.kinds import Nodes
from builder.metadata.text import Text
from builder.metadata.uids import with_uids

OWNER_RIGHTS = ("design", "people", "settings", "close_period", "backup", "audit")


def blank(key: str, label: Text, *, icon: str = "apps", color: str = "blue") -> Nodes:
    """The smallest app: its name, forced approval as every template has it, and one role that may do everything."""
    app: dict[str, Any] = {
        "key": key,
        "label": label,
        "version": "1.0.0",
        "icon": icon,
        "color": color,
        "menu": [],
        "settings": [force_approval()],
    }
    owner = {
        "key": "owner",
        "label": {"zh-CN": "负责人", "en": "Owner"},
        "all_entities": True,
        "app": list(OWNER_RIGHTS),
    }
    return with_uids({("app", "app"): app, ("roles", "roles"): {"roles": [owner]}})


def force_approval() -> Mapping[str, Any]:
    """The setting that keeps unapproved documents from making further ones."""
    return {
        "key": "force_approval",
        "label": {"zh-CN": "强制审核", "en": "Forced approval"},
        "type": "boolean",
        "default": True,
        "help": {
            "zh-CN": "打开时，未审核的单据不能生成后续单据。",
            "en": "When on, an unapproved document makes no further documents.",
        },
    }
