"""Choosing: a few questions about a business, and which template of the catalog suits the answers, with the reasons. Pure.

Questions, answers and reasons are data of the catalog (``choosing.json``): this module knows of no trade.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder.metadata.text import Text


@dataclass(frozen=True, slots=True)
class Answer:
    key: str
    label: Text


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; one of ``answers`` is chosen, or none."""

    key: str
    label: Text
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """What one answer says about a template: ``points`` for it, or against it where they are negative, and the ``reason``."""

    template: str
    question: str
    answer: str
    points: int
    reason: Text


@dataclass(frozen=True, slots=True)
class Choosing:
    questions: tuple[Question, ...] = ()
    fits: tuple[Fit, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """A template with its points, what speaks for it (the strongest first) and what against it."""

    template: str
    points: int
    reasons: tuple[Text, ...]
    doubts: tuple[Text, ...]


def read_choosing(body: Mapping[str, Any]) -> Choosing:
    """What the catalog's file says."""
    questions = tuple(
        Question(q["key"], q["label"], tuple(Answer(a["key"], a["label"]) for a in q["answers"]))
        for q in body.get("questions", ())
    )
    fits = tuple(
        Fit(f["template"], f["question"], f["answer"], int(f["points"]), f["reason"])
        for f in body.get("fits", ())
    )
    return Choosing(questions, fits)


def advise(choosing: Choosing, answers: Mapping[str, str], templates: Sequence[str]) -> tuple[Advice, ...]:
    """The templates that something speaks for, the best first; where two are equal the order of the catalog's file decides. What was not
    answered says nothing."""
    order = list(dict.fromkeys(f.template for f in choosing.fits if f.template in templates))
    made = []
    for template in order:
        found = [f for f in choosing.fits if f.template == template and answers.get(f.question) == f.answer]
        speaking = sorted(found, key=lambda f: -f.points)
        made.append(
            Advice(
                template,
                sum(f.points for f in found),
                tuple(f.reason for f in speaking if f.points > 0),
                tuple(f.reason for f in speaking if f.points < 0),
            )
        )
    return tuple(sorted((a for a in made if a.reasons and a.points > 0), key=lambda a: -a.points))
