"""Labels: what scanners send, read as the standard says or not at all."""

from __future__ import annotations

import pytest

from builder.runtime.labels import read_label

LABEL = "]C10116901234567899112601011726063010B20260101A"


def test_a_label_names_a_thing_its_days_and_its_batch() -> None:
    found = read_label(LABEL)
    assert found.codes == ("16901234567899",)
    assert found.values == {
        "01": "16901234567899",
        "11": "2026-01-01",
        "17": "2026-06-30",
        "10": "B20260101A",
    }


def test_a_separator_ends_what_varies() -> None:
    assert read_label("10LOT1\x1d3724").values == {"10": "LOT1", "37": "24"}
    found = read_label("01108573260055401722081110A20\x1d21121092220084115197")
    assert (found.values["10"], found.values["17"]) == ("A20", "2022-08-11")


def test_a_label_whose_separator_was_lost_names_nothing_because_guessing_takes_one_batch_for_another() -> (
    None
):
    found = read_label("01108573260055401722081110A2021121092220084115197")
    assert (found.codes, found.values) == ((), {})


def test_a_weight_has_its_decimals_and_a_count_no_zeros() -> None:
    assert read_label("]C101069012345678923102001250").values["310"] == "12.5"
    assert read_label("]C102169012345678993700000024").values["37"] == "24"


def test_a_day_of_zero_is_the_last_of_the_month() -> None:
    assert read_label("]C1011690123456789917260200").values["17"] == "2026-02-28"


def test_brackets_as_printed_beside_the_code_are_read_too() -> None:
    assert read_label("(01)16901234567899(10)B1").values["10"] == "B1"


def test_a_plain_number_is_tried_as_it_is_and_with_a_leading_zero() -> None:
    assert read_label("6901234567892").codes == ("6901234567892", "06901234567892")
    assert "6901234567892" in read_label("]C10106901234567892").codes


@pytest.mark.parametrize("text", ["A-1", "10LOT1", "PO2026-0001", "01-23"])
def test_a_code_of_ones_own_is_left_as_it_is(text: str) -> None:
    found = read_label(text)
    assert (found.codes, found.values) == ((text,), {})


@pytest.mark.parametrize("text", ["]C10116901234567890", "]C1", "(01)1", "x" * 500])
def test_what_claims_to_be_a_label_and_is_none_names_nothing(text: str) -> None:
    found = read_label(text)
    assert (found.codes, found.values) == ((), {})
