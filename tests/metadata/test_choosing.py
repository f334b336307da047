"""Which template suits the answers: points, reasons, doubts, and an order that is always the same."""

from __future__ import annotations

from builder.metadata.choosing import advise, read_choosing

BODY = {
    "questions": [{"key": "q", "label": "Q", "answers": [{"key": "a", "label": "A"}]}],
    "fits": [
        {"template": "one", "question": "q", "answer": "a", "points": 1, "reason": "little"},
        {"template": "one", "question": "q", "answer": "a", "points": 3, "reason": "much"},
        {"template": "one", "question": "p", "answer": "x", "points": -2, "reason": "but"},
        {"template": "two", "question": "q", "answer": "a", "points": 4, "reason": "also"},
        {"template": "gone", "question": "q", "answer": "a", "points": 9, "reason": "gone"},
        {"template": "three", "question": "p", "answer": "x", "points": -1, "reason": "no"},
    ],
}


def test_the_best_comes_first_with_its_strongest_reason_and_its_doubts() -> None:
    known, there = read_choosing(BODY), ["two", "one", "three"]
    found = advise(known, {"q": "a"}, there)
    assert [(a.template, a.points, a.reasons, a.doubts) for a in found] == [
        ("one", 4, ("much", "little"), ()),
        ("two", 4, ("also",), ()),
    ]
    found = advise(known, {"q": "a", "p": "x"}, there)
    assert [(a.template, a.points, a.doubts) for a in found] == [("two", 4, ()), ("one", 2, ("but",))]


def test_nothing_answered_recommends_nothing() -> None:
    assert advise(read_choosing(BODY), {}, ["one", "two"]) == ()
    assert read_choosing({}).questions == ()
