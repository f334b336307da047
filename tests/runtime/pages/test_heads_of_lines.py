"""Headings of a line grid say how narrow they may be: broken once, never within a word, and Chinese ones not at all."""

from __future__ import annotations

import pytest

from builder.runtime.pages.fields import _in_two_lines


@pytest.mark.parametrize(("label", "width"), [
    ("Purchase price incl. tax", 14),
    ("Sale price incl. tax", 10),
    ("Unit", 4),
    ("批发价", 6),
    ("", 0),
])  # fmt: skip
def test_a_heading_is_as_narrow_as_its_two_lines(label: str, width: int) -> None:
    assert _in_two_lines(label) == width
