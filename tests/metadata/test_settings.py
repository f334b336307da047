"""Settings: kept in JSON form, seen exactly, never outside their limits, never without a value that was declared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from builder.errors import Problem
from builder.metadata.report import Setting
from builder.metadata.settings import exact_setting, find_setting, parse_setting, settings_of, with_defaults
from tests.metadata.library import package_of


def _setting(type: Any, **more: Any) -> Setting:
    return Setting("s", "s", "S", type, **more)


KEPT: list[tuple[Setting, Any, Any, Any]] = [
    (_setting("boolean"), False, False, False),
    (_setting("integer"), "7", "7", Decimal(7)),
    (_setting("integer"), 7, "7", Decimal(7)),
    (_setting("decimal", scale=3), "1.5", "1.500", Decimal("1.500")),
    (_setting("money"), "20000", "20000.00", Decimal("20000.00")),
    (_setting("text"), "hello", "hello", "hello"),
    (_setting("text"), "", "", ""),
    (_setting("text", pattern="[0-2][0-9]:[0-5][0-9]"), "08:30", "08:30", "08:30"),
    (_setting("text", pattern="[0-2][0-9]:[0-5][0-9]"), "", None, None),
    (_setting("choice", options=("a", "b")), "b", "b", "b"),
    (
        _setting("filter"),
        {"field": "a", "op": "=", "value": 1},
        *({"field": "a", "op": "=", "value": 1},) * 2,
    ),
    (_setting("filter"), {}, {}, {}),
    (_setting("money"), None, None, None),
]


@pytest.mark.parametrize(("setting", "value", "kept", "exact"), KEPT)
def test_a_value_is_kept_in_json_form_and_seen_exactly(
    setting: Setting, value: Any, kept: Any, exact: Any
) -> None:
    assert parse_setting(setting, value) == kept
    assert exact_setting(setting, kept) == exact


REFUSED: list[tuple[Setting, Any, str]] = [
    (_setting("boolean"), "yes", "VALUE_BOOLEAN"),
    (_setting("integer"), "1.5", "VALUE_SCALE"),
    (_setting("money"), "lots", "VALUE_NUMBER"),
    (_setting("money"), 1.5, "VALUE_NUMBER"),
    (_setting("money", min="0"), "-1", "VALUE_MIN"),
    (_setting("integer", max="10"), 11, "VALUE_MAX"),
    (_setting("choice", options=("a",)), "c", "VALUE_CHOICE"),
    (_setting("choice", options=("a",)), ["a"], "VALUE_CHOICE"),
    (_setting("text"), 5, "VALUE_TEXT"),
    (_setting("text", pattern="[0-2][0-9]:[0-5][0-9]"), "8:30", "VALUE_PATTERN"),
    (_setting("filter"), {"field": "a"}, "FILTER_OPERATOR"),
    (_setting("filter"), [], "FILTER_SHAPE"),
]


@pytest.mark.parametrize(("setting", "value", "code"), REFUSED)
def test_what_does_not_fit_is_refused_at_its_place(setting: Setting, value: Any, code: str) -> None:
    found = parse_setting(setting, value)
    assert isinstance(found, Problem)
    assert found.code == code
    assert found.path.startswith("/value")


def test_every_app_has_forced_approval_on_until_somebody_turns_it_off() -> None:
    package = package_of()
    assert with_defaults(package, {})["force_approval"] is True
    assert with_defaults(package, {"force_approval": False})["force_approval"] is False
    assert find_setting(package, "force_approval") is not None
    own = {"key": "force_approval", "label": "Approval", "type": "boolean", "default": False}
    declared = package_of(("app/app/settings/2", own))
    assert with_defaults(declared, {})["force_approval"] is False
    assert [s.key for s in settings_of(declared)].count("force_approval") == 1


def test_stored_values_win_and_one_that_no_longer_fits_gives_way_to_the_default() -> None:
    package = package_of()
    assert with_defaults(package, {})["many"] == Decimal(10)
    assert with_defaults(package, {"many": "3", "gone": 1}) == {
        "many": Decimal(3),
        "policy": "a",
        "force_approval": True,
        "rule_log_days": Decimal(180),
        "mirror_hours": Decimal(24),
    }
    assert with_defaults(package, {"many": "0", "policy": "z"})["many"] == Decimal(10)
    assert with_defaults(package, {"many": "0", "policy": "z"})["policy"] == "a"
