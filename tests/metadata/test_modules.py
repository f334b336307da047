"""Parts of an app: what is off, what several parts share, and the setting that switches each."""

from __future__ import annotations

from builder.metadata.modules import Module, parts_off

FEES = Module("m.fees", "fees", "Fees", entities=("fee",), reports=("late_days",), rules=("remind",))
LENDING = Module("m.lending", "lending", "Lending", entities=("loan",), rules=("remind",), default=False)


def test_a_part_is_switched_by_its_setting_and_begins_as_it_says() -> None:
    assert (FEES.setting, FEES.is_on({}), LENDING.is_on({})) == ("module_fees", True, False)
    assert not FEES.is_on({"module_fees": False})
    assert LENDING.is_on({"module_lending": True})


def test_what_two_parts_share_is_there_while_one_of_them_is_on() -> None:
    assert parts_off((FEES, LENDING), {}) == {("entities", "loan")}
    assert parts_off((FEES, LENDING), {"module_fees": False}) == {
        ("entities", "fee"),
        ("entities", "loan"),
        ("reports", "late_days"),
        ("rules", "remind"),
    }
    assert parts_off((), {}) == frozenset()
