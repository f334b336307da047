"""Of two moves to the same state whose conditions part the records between them, the page offers the one that may be made."""

from __future__ import annotations

import pytest

from builder.errors import Problem
from builder.metadata.workflow import Transition
from builder.runtime.pages.record import _is_other_way
from builder.workflow.transitions import Offer

FAILED, EMPTY = Problem("TRANSITION_CONDITION"), Problem("REQUIRED", "/reason")


def offer(key: str, to: str, *problems: Problem, condition: str | None = None) -> Offer:
    return Offer(Transition(f"t.{key}", key, key, ("submitted",), to, condition), problems)


@pytest.mark.parametrize(
    ("offers", "shown"),
    [
        ([offer("approve", "approved"), offer("write_off", "approved", FAILED)], ["approve"]),
        ([offer("approve", "approved", FAILED), offer("write_off", "approved")], ["write_off"]),
        # Where neither may be made, both say why.
        (
            [offer("approve", "approved", FAILED), offer("write_off", "approved", FAILED)],
            ["approve", "write_off"],
        ),
        # What leads elsewhere, or only asks for a value first, stands.
        ([offer("approve", "approved", FAILED), offer("reject", "draft")], ["approve", "reject"]),
        ([offer("approve", "approved"), offer("hurry", "approved", EMPTY)], ["approve", "hurry"]),
        # Two conditions out of the same state: a transfer in two steps is shipped, and not approved.
        (
            [offer("approve", "approved", FAILED), offer("ship", "on_way", condition="mode == 'two'")],
            ["ship"],
        ),
    ],
)
def test_only_the_way_that_may_be_gone_is_shown(offers: list[Offer], shown: list[str]) -> None:
    assert [o.transition.key for o in offers if not _is_other_way(o, offers)] == shown
