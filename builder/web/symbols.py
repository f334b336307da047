"""Symbols: by which icon people know a step of an approval, where it is drawn and where it is asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping

STEPS: Mapping[str, str] = {
    "approver": "user-check",
    "cc": "send",
    "condition": "git-branch",
    "parallel": "git-merge",
    "auto": "bolt",
    "wait": "hourglass",
    "flow": "hierarchy-2",
}
