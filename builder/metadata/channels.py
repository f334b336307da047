"""Channels: by which ways a change comes in, and what people call them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from builder.metadata.entity import Option
from builder.metadata.text import Text

CHANNELS: Mapping[str, Text] = {
    "desk": {"zh-CN": "电脑", "en": "Desk"},
    "phone": {"zh-CN": "手机", "en": "Phone"},
    "api": {"zh-CN": "接口", "en": "API"},
    "import": {"zh-CN": "导入", "en": "Import"},
    "bulk": {"zh-CN": "批量", "en": "Bulk"},
    "rule": {"zh-CN": "自动规则", "en": "Rule"},
    "schedule": {"zh-CN": "定时", "en": "Schedule"},
}
"""What a command and a record say of the way by which they came. Empty: nobody knows, as of what was there before."""
OPTIONS = tuple(Option(f"channel.{key}", key, label) for key, label in CHANNELS.items())
PATH = "created_via"
