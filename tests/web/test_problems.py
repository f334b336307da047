"""Problems as they travel."""

from __future__ import annotations

from builder.web.problems import fitting


def test_a_number_that_no_json_takes_is_said_by_its_size() -> None:
    found = fitting({"version": 10**5000, "least": -(2**64), "count": 2**62})
    assert found == {"version": "2^16609", "least": "-2^64", "count": 2**62}
