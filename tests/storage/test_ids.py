"""Ids: unique and growing whatever the clocks do, and opaque outside."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from builder.storage.database import Database
from builder.storage.ids import COUNTS, EPOCH_MS, LIMIT, IdMaker, Lease, Opaque

NOW = EPOCH_MS + 100_000_000_000


class Clock:
    """Milliseconds that a test moves."""

    def __init__(self) -> None:
        self.ms = NOW

    def __call__(self) -> int:
        return self.ms


def maker(clock: Clock, slot: int = 1) -> IdMaker:
    return IdMaker(clock, lambda ms: Lease(slot, ms, ms + 3_600_000))


def test_ids_only_grow_while_the_clock_stands_and_goes_back() -> None:
    clock = Clock()
    make = maker(clock)
    made = [make() for _ in range(COUNTS * 2)]
    clock.ms -= 5_000
    made += [make() for _ in range(100)]
    assert made == sorted(set(made))


def test_ids_say_when_they_were_made() -> None:
    clock = Clock()
    make = maker(clock)
    first = make()
    clock.ms += 1
    assert first < make()
    assert first >> 22 == NOW - EPOCH_MS


def test_a_lease_that_ends_is_taken_anew_before_another_id_is_made() -> None:
    clock = Clock()
    taken: list[int] = []

    def lease(ms: int) -> Lease:
        taken.append(ms)
        return Lease(len(taken), ms, ms + 10)

    make = IdMaker(clock, lease)
    make()
    clock.ms += 10
    assert make() >> 12 & 1023 == 2
    assert taken == [NOW, NOW + 10]


def test_who_takes_over_a_slot_starts_after_everything_its_last_holder_may_have_made() -> None:
    clock = Clock()
    make = IdMaker(clock, lambda ms: Lease(1, ms + 500, ms + 1_000))
    assert make() >> 22 == NOW + 500 - EPOCH_MS


def test_ids_are_made_while_a_new_lease_is_waited_for() -> None:
    """The writer that the lease waits for must be able to go on."""
    clock = Clock()
    asked, given_now = threading.Event(), threading.Event()

    def lease(ms: int) -> Lease:
        if ms > NOW:
            asked.set()
            assert given_now.wait(10)
        return Lease(1, ms, ms + 1_000)

    make = IdMaker(clock, lease)
    make()
    clock.ms += 600
    waiting = threading.Thread(target=make.prepare, args=(500,))
    waiting.start()
    assert asked.wait(10)
    before = make()
    given_now.set()
    waiting.join()
    assert make() > before


@given(st.integers(1, LIMIT - 1))
def test_shown_ids_are_read_back(id: int) -> None:
    opaque = Opaque(b"k" * 32)
    assert opaque.read(opaque.show(id)) == id
    assert opaque.read(opaque.show(id).upper()) == id


@given(st.text(max_size=16))
def test_other_text_is_read_as_an_id_only_where_one_is_shown_so(text: str) -> None:
    opaque = Opaque(b"k" * 32)
    found = opaque.read(text)
    assert found is None or opaque.show(found) == text.lower()


def test_neighbours_look_unlike_and_another_key_shows_other_text() -> None:
    opaque, other = Opaque(b"k" * 32), Opaque(b"l" * 32)
    shown = [opaque.show(id) for id in range(1, 200)]
    assert len({text[:4] for text in shown}) > 150
    assert not {other.show(id) for id in range(1, 200)} & set(shown)


def test_an_id_is_shown_tomorrow_as_it_is_today() -> None:
    opaque = Opaque(b"a key of the tests")
    assert [opaque.show(id) for id in (1, 123456789012345678)] == ["3n02pegfd5esa", "7q97szb28ftzr"]


def test_two_open_databases_never_make_the_same_id(url: str) -> None:
    one, two = Database.open(url), Database.open(url)
    made = [make() for _ in range(2_000) for make in (one.new_id, two.new_id)]
    assert len(set(made)) == len(made)
    assert one.show(made[0]) == two.show(made[0])
    one.close()
    two.close()


def test_a_slot_given_back_is_taken_again_without_repeating_an_id(url: str) -> None:
    clock = Clock()
    one = Database.open(url, now_ms=clock)
    made = [one.new_id() for _ in range(COUNTS + 10)]
    one.close()
    two = Database.open(url, now_ms=clock)
    again = [two.new_id() for _ in range(COUNTS + 10)]
    two.close()
    assert not set(made) & set(again)
    assert again[0] >> 12 & 1023 == made[0] >> 12 & 1023


def test_a_slot_of_a_process_that_died_is_taken_when_its_lease_has_ended(url: str) -> None:
    clock = Clock()
    died = Database.open(url, now_ms=clock)
    made = [died.new_id() for _ in range(10)]
    clock.ms += 4_000_000
    heir = Database.open(url, now_ms=clock)
    again = heir.new_id()
    assert again >> 12 & 1023 == made[0] >> 12 & 1023
    # The one thought dead comes back with a clock of its own: it has to take another slot.
    late = died.new_id()
    assert late not in {*made, again}
    assert late >> 12 & 1023 != again >> 12 & 1023
    died.close()
    heir.close()
