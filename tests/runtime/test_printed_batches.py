"""Papers of a delivery name every batch that a line took, with what came from it."""

from __future__ import annotations

import re
from pathlib import Path

from builder.runtime.installing import template
from builder.runtime.printing import print_of, print_records
from builder.runtime.scenarios import Runner
from tests.runtime.world import World, open_world

FOOD = template("food").package
ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)


def test_a_line_of_two_batches_has_a_row_for_each(tmp_path: Path) -> None:
    """30 of an item of which 20 expire first: the note says 20 of A and 10 of B, not 30 of A; a draft has picked nothing yet."""
    world: World = open_world(f"sqlite:///{tmp_path}/scratch.db", tmp_path)
    scenario = next(s for s in FOOD.scenarios if s.key == "delivery_of_two_batches")
    assert Runner(world.engine, FOOD).run(scenario).passed
    world.app = "s1_delivery_of_two_batches"
    printed: dict[str | None, list[list[str]]] = {}
    with world.reading() as ctx:
        form = print_of(ctx, "delivery", "delivery_with_batches")
        for record in ctx.reader.find("delivery", None, limit=10):
            paper = print_records(ctx, form, [ctx.load("delivery", record.id)], locale="en").body
            rows = [CELL.findall(row) for row in ROW.findall(paper)]
            printed[record.state] = [row[4:6] for row in rows if len(row) == 8]
    world.engine.database.close()
    assert printed == {"approved": [["20", "A"], ["10", "B"]], "draft": [["30", ""]]}
