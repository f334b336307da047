"""Telling: both worlds side by side, as a page of Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from benchmarks import machine
from benchmarks.twin.assumptions import Assumptions
from benchmarks.twin.figures import Figures
from benchmarks.twin.world import Lived

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SLIPS = {
    "forgotten": ("a document that nobody writes", "the order's draft, the late supply, the request of a front stay on the evening's lists"),
    "doubled": ("a document written twice", "nothing is left of the order to be delivered or received a second time"),
    "postponed": ("a document written days later", "the same lists, and a day that cannot be closed"),
    "mistyped": ("a wrong figure", "more than was ordered is refused; less leaves the order open; who receives a transfer counts it"),
    "swapped": ("a line on the wrong item", "lines of a document come from its order, and their items stay"),
    "drawer": ("a return whose paper stays in a drawer", "its draft is among the day's open documents"),
    "unwritten": ("a breakage that nobody writes", "only a count: weekly ones of what moves most, or a shelf found empty"),
    "miscounted": ("a wrong figure in a count", "nothing but the next count"),
}  # fmt: skip
"""What goes wrong, and what the product does about it."""


@dataclass(frozen=True)
class Alone:
    """One kind of slip by itself: the share of right figures on the last evening, at each multiple of its rate."""

    kind: str
    rate: float
    sheets: Mapping[float, float]
    product: Mapping[float, float]
    refused: Mapping[str, int]


def told(plan: Assumptions, sheets: Sequence[Lived], product: Sequence[Lived], alone: Sequence[Alone], at: str, days: int) -> str:  # fmt: skip
    lines = [
        *_intro(plan, product, at),
        *_figures([one.figures for one in sheets if one.figures], [one.figures for one in product if one.figures]),
        *_alone(alone, days),
        *_refused(product),
    ]  # fmt: skip
    return "\n".join(lines)


def _intro(plan: Assumptions, product: Sequence[Lived], at: str) -> Iterator[str]:
    yield f"Simulated {at} on this machine:\n"
    yield from (f"- {line}" for line in machine.lines())
    requests = sum(one.requests for one in product)
    findings = sum(one.findings for one in product)
    orders = sum(len(one.story.orders) for one in product)
    yield (
        f"\n{plan.days} working days, of which the first {plan.measured_from} run in and are not measured; {len(product)} world(s) through the product "
        f"with {orders:,} orders in {requests:,} requests, after which `builder verify` had {findings} findings.\n"
    )


def _figures(sheets: Sequence[Figures], product: Sequence[Figures]) -> Iterator[str]:
    yield "| figure | with sheets | with the product | the article says |"
    yield "| --- | ---: | ---: | ---: |"
    for label, read, article in ROWS:
        yield f"| {label} | {_range([read(f) for f in sheets])} | {_range([read(f) for f in product])} | {article} |"


def _range(found: Sequence[str]) -> str:
    """One value, or the first with the others' span behind it; a dash where nothing was lived."""
    if not found:
        return "–"
    least, most = min(found, key=_number), max(found, key=_number)
    return found[0] if least == most else f"{found[0]} ({least} to {most})"


def _number(text: str) -> float:
    return float(text.split(maxsplit=1)[0].rstrip("%").replace(":", "."))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _hours(minutes: float) -> str:
    took = timedelta(minutes=round(minutes))
    return f"{took.seconds // 3600}:{took.seconds // 60 % 60:02d} h"


ROWS: tuple[tuple[str, Callable[[Figures], str], str], ...] = (
    ("stock accuracy, full counts at the month's end", lambda f: _percent(f.accuracy), "71% → 96%"),
    ("the same, every evening", lambda f: _percent(f.every_day), "–"),
    ("order processing, call to picked goods", lambda f: _hours(f.handling_minutes), "4 h → 0:45 h"),
    ("on time, of what was promised", lambda f: _percent(f.on_time), "62% → 91%"),
    ("complete on the next day, as asked", lambda f: _percent(f.as_asked), "–"),
    ("days of stock (turnover)", lambda f: f"{f.turnover_days:.0f}", "48 → 31"),
    ("purchase plan accuracy", lambda f: _percent(f.plan_accuracy), "54% → 86%"),
    ("month-end close, days of one person", lambda f: f"{f.closing_days:.1f}", "7 → 1"),
    ("counting, hours a month", lambda f: f"{f.counting_hours:.0f}", "3 days → 6 h (a chain)"),
)


def _alone(alone: Sequence[Alone], days: int) -> Iterator[str]:
    if not alone:
        return
    times = sorted(alone[0].sheets)
    yield (
        f"\n### Each slip by itself\n\nRight figures after {days} working days without a count of everything, sheets → product, when only this happens, at multiples of its rate.\n"
    )
    yield "| slip | rate | " + " | ".join(f"× {t:g}" for t in times) + " | what the product does about it |"
    yield "| --- | ---: | " + " | ".join("---:" for _ in times) + " | --- |"
    for one in alone:
        what, why = SLIPS[one.kind]
        shares = (f"{_percent(one.sheets[t])} → {_percent(one.product[t])}" for t in times)
        yield f"| {what} | {_percent(one.rate)} | " + " | ".join(shares) + f" | {why}{_said(one.refused)} |"


def _said(refused: Mapping[str, int]) -> str:
    """Which refusals were met, as seen and not as meant."""
    top = sorted(refused.items(), key=lambda item: -item[1])[:3]
    return f" ({', '.join(f'`{code}` {n} times' for code, n in top)})" if top else ""


def _refused(product: Sequence[Lived]) -> Iterator[str]:
    total: dict[str, int] = {}
    for one in product:
        for code, n in one.refused.items():
            total[code] = total.get(code, 0) + n
    said = ", ".join(f"`{code}` {n}" for code, n in sorted(total.items(), key=lambda item: -item[1]))
    yield f"\nThe product said no so often, by the first code of each answer: {said or 'never'}."
