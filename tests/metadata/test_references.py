"""References: who mentions what, in every notation; renames follow all of them, deletions say what stands in the way."""

from __future__ import annotations

import pytest

from builder.errors import InvalidError, NotFoundError
from builder.metadata.checks import check
from builder.metadata.loading import load
from builder.metadata.references import References
from builder.metadata.renaming import rename
from builder.metadata.targets import Target
from builder.runtime.installing import template
from tests.metadata.checks.pieces import offer
from tests.metadata.library import NODES, package_of

TARGETS: list[Target] = [
    ("entity", "reader"),
    ("entity", "loan_line"),
    ("field", "loan", "count"),
    ("field", "loan", "due_on"),
    ("field", "loan", "reader"),
    ("field", "loan", "lines"),
    ("field", "loan_line", "count"),
    ("field", "loan_line", "moved"),
    ("field", "reader", "name"),
    ("field", "reader", "level"),
    ("option", "reader", "level", "adult"),
    ("state", "loan", "out"),
    ("state", "loan", "draft"),
    ("transition", "loan", "hand_out"),
    ("transition", "loan", "refuse"),
    ("posting", "loan", "out"),
    ("conversion", "loan", "give_back"),
    ("ledger", "copies"),
    ("measure", "copies", "on_shelf"),
    ("dimension", "copies", "book"),
    ("grain", "copies", "book"),
    ("role", "librarian"),
    ("setting", "many"),
    ("view", "loans"),
    ("report", "overdue"),
    ("dashboard", "desk"),
]


@pytest.mark.parametrize(
    "balances", [5, "copies", [5], [{"ledger": "copies", "measures": 5, "dimensions": "book"}]], ids=str
)
def test_what_a_scenario_expects_may_be_anything_to_who_looks_for_names(balances: object) -> None:
    """Whatever a package says there, checking the package goes on and tells that it is malformed."""
    lend = NODES["scenario", "lend"]
    step = {**lend["steps"][0], "expect": {"balances": balances}}
    package, problems = load({**NODES, ("scenario", "lend"): {**lend, "steps": [step, *lend["steps"][1:]]}})
    assert (package is not None, problems) == (True, ())
    assert package is not None
    assert {p.code for p in check(package) if p.severity == "error"} == {"E214"}


def test_usages_are_found_in_every_notation() -> None:
    references = References(package_of())
    places = {(u.how, u.place.path.partition("#")[0]) for u in references.usages(("field", "reader", "name"))}
    assert places == {
        ("expression", "entities/reader.json"),
        ("path", "views/readers.json"),
        ("text", "rules/remind.json"),
        ("print", "prints/slip.json"),
    }
    states = {(u.how, u.place.path) for u in references.usages(("state", "loan", "out"))}
    assert ("filter", "views/loans.json#/filter") in states
    assert ("expression", "rules/remind.json#/if") in states


@pytest.mark.parametrize("target", TARGETS, ids=["/".join(t) for t in TARGETS])
def test_a_rename_takes_every_mention_along_and_keeps_every_uid(target: Target) -> None:
    package = package_of()
    nodes = rename(package, target, "renamed")
    renamed, problems = load(nodes)
    assert problems == ()
    assert renamed is not None
    assert check(renamed) == ()
    before, after = References(package), References(renamed)
    there = (*target[:-1], "renamed")
    assert before.definitions[target].uid == after.definitions[there].uid
    assert len(after.usages(there)) == len(before.usages(target)) > 0
    assert after.usages(target) == ()


def test_renaming_back_gives_the_same_package() -> None:
    package = package_of()
    for target in TARGETS:
        there, _ = load(rename(package, target, "renamed"))
        assert there is not None
        assert rename(there, (*target[:-1], "renamed"), target[-1]) == package.nodes


def test_a_name_that_is_taken_or_is_none_is_refused_and_what_is_not_there_is_not_found() -> None:
    package = package_of()
    for key, code in (("due_on", "E019"), ("Due on", "E014")):
        with pytest.raises(InvalidError) as caught:
            rename(package, ("field", "loan", "count"), key)
        assert [p.code for p in caught.value.problems] == [code]
    with pytest.raises(NotFoundError):
        rename(package, ("field", "loan", "gone"), "x")


def test_what_stands_in_the_way_of_a_deletion_is_said_and_what_goes_with_it_is_not() -> None:
    references = References(package_of())
    assert references.in_the_way([("view", "readers")])
    assert {u.place.path for u in references.in_the_way([("report", "overdue")])} == {
        "roles.json#/roles/0/reports/0",
        "dashboards/desk.json#/cards/1/report",
    }
    assert references.in_the_way([("rule", "touch")]) == ()
    inside = references.inside(("entity", "reader"))
    assert ("field", "reader", "name") in inside
    assert ("option", "reader", "level", "adult") in inside
    assert not any(
        u.place.node == ("entity", "reader") for u in references.in_the_way([("entity", "reader")])
    )


def test_nothing_of_the_library_is_changed_by_renaming() -> None:
    before = package_of().nodes
    rename(package_of(), ("entity", "reader"), "people")
    assert package_of().nodes == before
    assert ("entity", "reader") in NODES


def test_a_measure_is_renamed_where_a_posting_gives_its_rest_back() -> None:
    nodes = {name: dict(node) for name, node in package_of().nodes.items()}
    loan = dict(nodes["entity", "loan"])
    out, lent = (dict(p) for p in loan["postings"])
    out["results"] = {"moved": "rest.on_shelf"}
    lent["measures"] = {"lent": "result.rest.on_shelf"}
    nodes["entity", "loan"] = {**loan, "postings": [out, lent]}
    package, _ = load(nodes)
    assert package is not None
    renamed = rename(package, ("measure", "copies", "on_shelf"), "here")
    postings = renamed["entity", "loan"]["postings"]
    assert postings[0]["results"] == {"moved": "rest.here"}
    assert postings[1]["measures"] == {"lent": "result.rest.here"}


def test_a_measure_is_renamed_where_a_guard_asks_what_was_before() -> None:
    package = package_of(("ledger/copies/guards/0/slack", "-ABS(on_shelf - old.on_shelf)"))
    nodes = rename(package, ("measure", "copies", "on_shelf"), "here")
    assert nodes["ledger", "copies"]["guards"][0]["slack"] == "-ABS(here - old.here)"


@pytest.mark.parametrize(
    "target",
    [
        ("measure", "stock", "value"),
        ("measure", "profit", "revenue"),
        ("dimension", "stock", "item"),
        ("field", "item", "base_unit"),
        ("field", "item", "category"),
        ("field", "sales_order", "customer"),
    ],
)
def test_a_rename_in_a_real_app_leaves_nothing_behind(target: Target) -> None:
    """Reports name measures by their figures (``opening.value``), say what their parts take, call columns by what they show; rules about
    balances act on what a dimension names."""
    renamed, problems = load(rename(template("general").package, target, "renamed"))
    assert renamed is not None
    assert (problems, check(renamed)) == ((), ())


def test_only_what_is_kept_at_cost_is_shared_out() -> None:
    nodes = {name: dict(node) for name, node in template("general").package.nodes.items()}
    columns = nodes["report", "stock_value"]["columns"]
    nodes["report", "stock_value"]["columns"] = [columns[0], {**columns[1], "field": "pooled.on_hand"}]
    package, _ = load(nodes)
    assert package is not None
    assert [(p.code, p.path) for p in check(package)] == [
        ("E102", "reports/stock_value.json#/columns/1/field")
    ]


@pytest.mark.parametrize(
    ("target", "of_property", "said"),
    [
        (("ledger", "copies"), "ledger", "renamed"),
        (("dimension", "copies", "book"), "dimension", "renamed"),
        (("measure", "copies", "on_shelf"), "measure", "renamed - lent"),
        (("field", "book", "spare"), "by", "renamed"),
        (("field", "loan", "level"), "filter", {"field": "name", "op": "=", "value": {"record": "parent.renamed"}}),
        (("field", "loan_line", "book"), "unit", "renamed.name"),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_chooser_offers_follows_a_new_name(target: Target, of_property: str, said: object) -> None:
    """A name in the ledger, in the records that are offered and in the document at hand."""
    same = {"field": "name", "op": "=", "value": {"record": "parent.level"}}
    more = {"measure": "on_shelf - lent", "by": "spare", "filter": same, "unit": "book.name"}
    package = package_of(("entity/loan_line/fields/0/offered", offer(**more)))
    assert check(package) == ()
    fields = rename(package, target, "renamed")["entity", "loan_line"]["fields"]
    assert fields[0]["offered"][of_property] == said
