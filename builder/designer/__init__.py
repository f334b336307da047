"""The designer: people change what an app is, on a draft. It knows metadata, messages, ports and the web room; the world comes in as a ``Workshop``."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
STATIC = HERE / "static"
"""Served under ``designer/`` of the static addresses."""
TEMPLATES = HERE / "templates"
I18N = HERE / "i18n"
MESSAGES = HERE / "messages"
