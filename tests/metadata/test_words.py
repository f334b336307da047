"""Words: whatever the metadata room finds wrong can be said in both languages, without a key, a type's name or an object in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builder.metadata import checks
from builder.metadata.loading import load
from builder.metadata.settings import BUILT_IN, parse_setting
from builder.metadata.text import LOCALES
from builder.web.locale import Messages
from tests.metadata.library import library

ROOM = Path(checks.__file__).parents[1]
CODE = re.compile(r'"(E\d{3}|(?:FILTER|VALUE|REFERENCE)_[A-Z_]+)"')


def test_every_code_has_words_in_both_languages() -> None:
    messages = Messages.load()
    codes = {code for path in ROOM.rglob("*.py") for code in CODE.findall(path.read_text(encoding="utf-8"))}
    assert len(codes) > 120
    assert {code for code in codes if set(messages.texts.get(code, {})) != set(LOCALES)} == set()


@pytest.mark.parametrize(
    ("path", "value", "zh", "en"),
    [
        (
            "entity/reader/labl",
            1,
            "没有名为“labl”的属性。您是不是要写“label”？",
            "There is no property “labl”. Did you mean “label”?",
        ),
        ("entity/reader/fields", {}, "这里应为列表。", "This should be a list."),
        ("entity/reader/fields/0/required", "x", "这里应为true 或 false。", "This should be true or false."),
    ],
)
def test_problems_of_loading_read_like_sentences(path: str, value: object, zh: str, en: str) -> None:
    (problem,) = load(library((path, value)))[1]
    messages = Messages.load()
    assert messages.text(problem.code, "zh-CN", problem.params) == zh
    assert messages.text(problem.code, "en", problem.params) == en


def test_labels_are_said_in_the_readers_language() -> None:
    problem = parse_setting(BUILT_IN[0], "no")
    messages = Messages.load()
    assert messages.text(problem.code, "zh-CN", problem.params) == "“强制审核”应为是或否。"
    assert messages.text(problem.code, "en", problem.params) == "“Forced approval” must be yes or no."
