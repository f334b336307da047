"""What people typed twice: the same words in two linked documents that nothing carries over."""

from __future__ import annotations

from builder.metadata.entity import Conversion, Entity, Field
from builder.record import Record
from builder.workflow.mirror import typed_twice


def field(key: str, **more: object) -> Field:
    return Field(f"f.{key}", key, "text", key, **more)  # type: ignore[arg-type]


ORDER = Entity("order", "order", "document", "Order", (field("phone_no"), field("note"), field("town")))
VISIT = Entity(
    "visit", "visit", "document", "Visit", (field("contact"), field("town"), field("remark", formula="town"))
)
CARRIED = Conversion("c", "visit", "Visit", "visit", {"town": "town"})


def pairs(count: int, same: int) -> list[tuple[Record, Record]]:
    return [
        (
            Record("order", n, {"phone_no": f"13{n}", "note": "x", "town": "Wuxi"}),
            Record(
                "visit",
                100 + n,
                {"contact": f"13{n}" if n < same else "other", "town": "Wuxi", "remark": f"13{n}"},
            ),
        )
        for n in range(count)
    ]


def test_a_value_that_was_typed_again_is_found() -> None:
    (found,) = typed_twice(ORDER, VISIT, CARRIED, pairs(10, 8))
    assert (found.from_field, found.to_field, found.same, found.pairs) == ("phone_no", "contact", 8, 10)


def test_what_is_carried_over_computed_seldom_the_same_or_always_one_value_is_not() -> None:
    assert typed_twice(ORDER, VISIT, CARRIED, pairs(10, 5)) == ()
    assert typed_twice(ORDER, VISIT, None, pairs(10, 0)) == ()
    assert typed_twice(ORDER, VISIT, CARRIED, pairs(4, 4)) == ()
