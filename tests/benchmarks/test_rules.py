"""What is measured of rules is what it says: the rules that sleep sleep, those that match match."""

from __future__ import annotations

from benchmarks import rules
from builder.rules import engine
from builder.rules.triggers import woken


def test_every_figure_is_of_something() -> None:
    figures = list(rules.measured(times=2, rounds=1))
    assert len({f.name for f in figures}) == len(figures) == 6
    assert [f.most for f in figures] == [0, 5, 50, 50, 1, 1]


def test_a_save_looks_at_no_rule_that_it_does_not_concern() -> None:
    others = [rules._rule(n, "other", "f0") for n in range(rules.MANY)]
    fields = [rules._rule(n, "thing", f"f{1 + n % 38}") for n in range(rules.MANY)]
    for many in (others, fields):
        context = rules.surroundings(many)
        assert woken(context.package, rules.changed("f0")) == ()
    assert len(woken(rules.surroundings(fields).package, rules.changed("f1"))) == 27


def test_rules_that_sleep_do_nothing_and_rules_that_match_do_something() -> None:
    asleep = rules.surroundings([rules._rule(1, "thing", "f0", if_="f1 > 1000")])
    awake = rules.surroundings([rules._rule(1, "thing", "f0", if_="f1 > 0")])
    assert engine.now(asleep, rules.changed("f0")) == engine.Reaction()
    assert len(engine.now(awake, rules.changed("f0")).commands) == 1
