"""How long people take at the nodes of approvals."""

from __future__ import annotations

from builder.workflow.mirror.turns import Turn, mine_turns

LEAD, BOSS = ("t.approve", "n.lead"), ("t.approve", "n.boss")


def test_nodes_say_how_long_they_take_and_with_whom_something_waits() -> None:
    turns = [
        Turn(LEAD, 1, 0, 60, waits=False),
        Turn(LEAD, 1, 0, 600, waits=False),
        Turn(LEAD, 2, 100, None, waits=True),
        Turn(LEAD, 2, 400, None, waits=True),
        Turn(BOSS, 3, 0, 9000, waits=False),
        Turn(BOSS, 3, 0, None, waits=False),
    ]
    boss, lead = mine_turns(turns, now=1000)
    assert (boss.node, boss.turns, boss.median, boss.open, boss.people) == (BOSS, 2, 9000, 0, ())
    assert (lead.turns, lead.median, lead.p90, lead.open, lead.oldest) == (4, 60, 600, 2, 900)
    assert lead.people == ((2, 2),)
