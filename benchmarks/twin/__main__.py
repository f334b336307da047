"""``python -m benchmarks.twin``: live through both worlds, tell what came of it, and keep it in ``docs/proof.md`` with ``--write``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.twin.assumptions import Assumptions
from benchmarks.twin.telling import BEGIN, END, SLIPS, Alone, told
from benchmarks.twin.world import Lived, with_product, with_sheets

PAGE = Path(__file__).resolve().parents[2] / "docs" / "proof.md"
SEEDS_OF_SHEETS = 9


def main(argv: Sequence[str] | None = None) -> None:
    plan = Assumptions()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.twin", description=__doc__)
    parser.add_argument("--days", type=int, default=plan.days, help="working days to live through")
    parser.add_argument(
        "--worlds", type=int, default=2, help="how many worlds go through the product, each with other luck"
    )
    parser.add_argument(
        "--alone", type=int, default=13, help="working days for each slip by itself; 0 leaves that out"
    )
    parser.add_argument("--times", type=float, nargs="+", default=[1, 4], help="multiples of each rate")
    parser.add_argument("--write", action="store_true", help="keep the result in docs/proof.md")  # fmt: skip
    asked = parser.parse_args(argv)
    plan = replace(plan, days=asked.days)
    sheets = [with_sheets(replace(plan, seed=seed)) for seed in range(1, SEEDS_OF_SHEETS + 1)]
    product = [_told(with_product(replace(plan, seed=seed)), seed) for seed in range(1, asked.worlds + 1)]
    alone = list(_alone(replace(plan, days=asked.alone), asked.times)) if asked.alone else []
    at = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    text = told(plan, sheets, product, alone, at, asked.alone)
    print(text)
    if asked.write:
        _keep(text)


def _told(lived: Lived, seed: int) -> Lived:
    """Said while it goes on: a world takes minutes."""
    print(f"world {seed}: {100 * lived.right:.1f} % right on the last evening", flush=True)
    return lived


def _alone(plan: Assumptions, times: Sequence[float]) -> Iterator[Alone]:
    for kind in SLIPS:
        plans = {t: replace(plan, rates=plan.rates.alone(kind, t)) for t in times}
        lived = {t: with_product(one) for t, one in plans.items()}
        made = Alone(
            kind,
            getattr(plan.rates, kind),
            {t: with_sheets(one).right for t, one in plans.items()},
            {t: one.right for t, one in lived.items()},
            lived[max(times)].refused,
        )
        print(f"{kind}: {made.sheets} -> {made.product}", flush=True)
        yield made


def _keep(text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
