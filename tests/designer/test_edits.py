"""Edits are pure functions from nodes to changed nodes; what they make is valid at once and harms nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.designer.edits import apps, change, definitions, entities, flows, forms, properties
from builder.designer.edits.keys import key_from, words_from
from builder.errors import InvalidError, NotFoundError
from builder.metadata.kinds import Nodes
from builder.metadata.loading import load
from builder.metadata.package import Package
from tests.designer.memory import JUDGE

ORDER = {"zh-CN": "维修单", "en": "Repair order"}


def done(nodes: Nodes, changes: change.Changes) -> Nodes:
    """The draft after an edit; it has to be valid still."""
    result = change.applied(nodes, change.complete(nodes, changes))
    errors = JUDGE(result).errors
    assert errors == ()
    return result


def begun(nodes: Nodes, changes: change.Changes) -> Nodes:
    """The draft after an edit that leaves something to do: a state that no transition reaches yet."""
    return change.applied(nodes, change.complete(nodes, changes))


def package_of(nodes: Nodes) -> Package:
    package, problems = load(nodes)
    assert package
    assert not problems
    return package


@pytest.fixture
def empty() -> Nodes:
    return apps.blank("repairs", {"zh-CN": "维修", "en": "Repairs"})


@pytest.fixture
def repairs(empty: Nodes) -> Nodes:
    """An app from nothing with one document."""
    changes, key = entities.add_entity(empty, kind="document", label=ORDER)
    assert key == "repair_order"
    return done(empty, changes)


def test_an_app_from_nothing_is_valid(empty: Nodes) -> None:
    assert JUDGE(empty).errors == ()
    assert package_of(empty).roles[0].all_entities


@pytest.mark.parametrize("kind", ["master", "document", "log", "tree"])
def test_a_new_entity_can_be_used_at_once(empty: Nodes, kind: str) -> None:
    changes, key = entities.add_entity(empty, kind=kind, label=ORDER)
    package = package_of(done(empty, changes))
    assert package.form_of(key)
    assert package.views_of(key)
    assert package.app.menu[-1].view == package.views_of(key)[0].key
    assert bool(package.workflow_of(key)) is (kind == "document")


def test_names_are_needed_and_keys_are_not(empty: Nodes) -> None:
    with pytest.raises(InvalidError):
        entities.add_entity(empty, kind="master", label={"zh-CN": "", "en": ""})
    assert key_from(words_from("客户", ""), "entity") == "ke_hu"
    assert key_from("Customer!", "entity", ["customer"]) == "customer_2"
    assert key_from("！", "entity", ["entity"]) == "entity_2"
    assert key_from({"zh-CN": "x", "en": "3 days"}, "field") == "field"


def test_a_field_is_shown_on_the_form_and_in_the_list(repairs: Nodes) -> None:
    changes, key = entities.add_field(
        repairs,
        "repair_order",
        type="phone",
        label=words_from("联系电话", "Phone"),
        on_form=True,
        on_list=True,
    )
    package = package_of(done(repairs, changes))
    entity, form = package.entity("repair_order"), package.form_of("repair_order")
    assert entity
    assert entity.field(key)
    assert form
    assert key in [n.field for n in form.nodes[0].nodes]
    assert key in [c.field for c in package.views_of("repair_order")[0].columns]


def test_the_list_of_many_is_the_first_of_the_menu(templates: dict[str, Nodes]) -> None:
    """Not the one of orders that wait for approval, which comes first by its name."""
    wish = words_from("备货要求", "Packing wish")
    changes, _ = entities.add_field(
        templates["general"], "sales_order", type="text", label=wish, on_list=True
    )
    assert [name for name in changes if name[0] == "view"] == [("view", "sales_orders")]


@pytest.mark.parametrize(
    "type_",
    [
        "text",
        "long_text",
        "integer",
        "money",
        "quantity",
        "boolean",
        "date",
        "choice",
        "multi_choice",
        "user",
        "file",
    ],
)
def test_fields_of_every_common_type_are_valid(repairs: Nodes, type_: str) -> None:
    label = words_from("字段", "Thing")
    changes, _ = entities.add_field(repairs, "repair_order", type=type_, label=label, options=["高", "低"])
    done(repairs, changes)


def test_a_reference_says_what_it_refers_to(repairs: Nodes) -> None:
    with pytest.raises(InvalidError) as caught:
        entities.add_field(repairs, "repair_order", type="reference", label=words_from("设备", "Machine"))
    assert caught.value.problems[0].path == "/entity"
    changes, key = entities.add_entity(repairs, kind="master", label=words_from("设备", "Machine"))
    nodes = done(repairs, changes)
    changes, _ = entities.add_field(
        nodes, "repair_order", type="reference", label=words_from("设备", "Machine"), refers_to=key
    )
    done(nodes, changes)


def test_lines_come_with_an_entity_and_a_grid(repairs: Nodes) -> None:
    changes, field = entities.add_field(
        repairs, "repair_order", type="lines", label=words_from("配件", "Parts")
    )
    nodes = done(repairs, changes)
    package = package_of(nodes)
    lines = package.entity("repair_order_line")
    assert lines
    assert lines.kind == "lines"
    assert lines.parent == "repair_order"
    form = package.form_of("repair_order")
    assert form
    assert form.nodes[-1].kind == "lines"
    assert form.nodes[-1].field == field
    changes, key = entities.add_field(
        nodes, "repair_order_line", type="quantity", label=words_from("数量", "Quantity")
    )
    form = package_of(done(nodes, changes)).form_of("repair_order")
    assert form
    assert key in form.nodes[-1].columns_shown


def test_a_field_that_is_only_shown_can_go_and_one_that_is_needed_cannot(templates: dict[str, Nodes]) -> None:
    nodes = templates["general"]
    package = package_of(nodes)
    contact = [f.key for f in package.entity("sales_order").fields].index("external_number")  # type: ignore[union-attr]
    pages = entities.remove_from_pages(nodes, "sales_order", "external_number")
    assert ("form", "sales_order") in pages
    removed = properties.remove_item(nodes, ("entity", "sales_order"), ("fields", contact))
    assert "external_number" not in str(removed["entity", "sales_order"]["fields"])  # type: ignore[index]
    with pytest.raises(InvalidError) as caught:
        definitions.refuse_if_used(package, (("field", "sales_order", "total"),), {})
    assert caught.value.code == "IN_USE"
    assert caught.value.problems


def test_an_entity_goes_with_its_pages_and_only_where_nothing_needs_it(
    repairs: Nodes, templates: dict[str, Nodes]
) -> None:
    changes = definitions.remove_definition(package_of(repairs), ("entity", "repair_order"))
    left = done(repairs, changes)
    assert set(left) == {("app", "app"), ("roles", "roles")}
    assert not left["app", "app"]["menu"]
    with pytest.raises(InvalidError) as caught:
        definitions.remove_definition(package_of(templates["general"]), ("entity", "item"))
    assert any(p.message for p in caught.value.problems)


def test_another_key_takes_everything_along(templates: dict[str, Nodes]) -> None:
    package = package_of(templates["general"])
    changes = definitions.rename_key(package, ("field", "sales_order", "total"), "grand_total")
    nodes = done(templates["general"], changes)
    assert "grand_total >= setting.large_order" in str(nodes["workflow", "sales_order"])


def test_values_are_typed_by_the_schema(repairs: Nodes) -> None:
    name = ("form", "repair_order")
    changes = properties.set_value(repairs, name, ("nodes", 0, "columns"), ["2"])
    assert done(repairs, changes)[name]["nodes"][0]["columns"] == 2
    with pytest.raises(InvalidError):
        properties.set_value(repairs, name, ("nodes", 0, "columns"), ["two"])
    with pytest.raises(InvalidError):
        properties.set_value(repairs, name, ("entity",), [""])
    with pytest.raises(NotFoundError):
        properties.set_value(repairs, name, ("colour",), ["red"])


def test_an_empty_value_takes_an_optional_property_away(repairs: Nodes) -> None:
    name = ("entity", "repair_order")
    changes = properties.set_value(repairs, name, ("fields", 0, "read_only"), [""])
    assert "read_only" not in done(repairs, changes)[name]["fields"][0]
    changes = properties.set_words(repairs, name, ("help",), "帮助", "")
    nodes = done(repairs, changes)
    assert nodes[name]["help"] == {"zh-CN": "帮助", "en": "帮助"}
    assert "help" not in done(nodes, properties.set_words(nodes, name, ("help",), "", ""))[name]


def test_entries_of_lists_are_added_moved_and_removed(repairs: Nodes) -> None:
    name = ("workflow", "repair_order")
    changes, at = flows.add_state(repairs, name, words_from("待料", "Waiting"))
    nodes = begun(repairs, changes)
    assert at == "/states/4"
    assert nodes[name]["states"][4]["key"] == "waiting"
    changes, index = properties.step_item(nodes, name, ("states", 4), -1)
    nodes = begun(nodes, changes)
    assert index == 3
    assert nodes[name]["states"][3]["key"] == "waiting"
    nodes = done(nodes, properties.remove_item(nodes, name, ("states", 3)))
    assert [s["key"] for s in nodes[name]["states"]] == ["draft", "submitted", "approved", "void"]


def test_a_layout_is_added_filled_in_and_kept_through_other_edits(repairs: Nodes) -> None:
    """A calendar of the list, chosen in its panel; what somebody changes of the list later leaves it alone."""
    changes, field = entities.add_field(
        repairs, "repair_order", type="date", label=words_from("预约", "Booked")
    )
    nodes = done(repairs, changes)
    name = next(n for n, body in nodes.items() if n[0] == "view" and body["entity"] == "repair_order")
    changes, at = properties.add_item(nodes, name, ("layouts",), label=words_from("预约日历", "Bookings"))
    nodes = begun(nodes, changes)
    assert JUDGE(nodes).errors  # It does not say yet by which day.
    for property_, value in (("kind", "calendar"), ("from", field), ("color_by", "state")):
        nodes = begun(nodes, properties.set_value(nodes, name, ("layouts", 0, property_), [value]))
    assert at == 0
    made = dict(nodes[name]["layouts"][0])
    assert (made["kind"], made["from"], made["color_by"]) == ("calendar", field, "state")
    nodes = done(nodes, properties.set_words(nodes, name, ("label",), "维修", "Repairs"))
    nodes = done(nodes, properties.set_value(nodes, name, ("page_size",), ["20"]))
    assert list(nodes[name]["layouts"]) == [made]


def test_every_node_has_a_uid_and_keeps_it(repairs: Nodes) -> None:
    before = repairs["workflow", "repair_order"]["states"]
    changes, _ = flows.add_state(repairs, ("workflow", "repair_order"), words_from("待料", "Waiting"))
    after = begun(repairs, changes)["workflow", "repair_order"]["states"]
    assert [s["uid"] for s in after[:4]] == [s["uid"] for s in before]
    assert len({s["uid"] for s in after}) == 5


def test_an_approval_from_an_amount_on(repairs: Nodes) -> None:
    changes, field = entities.add_field(
        repairs, "repair_order", type="money", label=words_from("金额", "Amount")
    )
    nodes = done(repairs, changes)
    name = ("workflow", "repair_order")
    changes, at = flows.add_approval(
        nodes, name, ("transitions", 1), role="owner", field=field, amount="50,000.00"
    )
    nodes = done(nodes, changes)
    approval = nodes[name]["transitions"][1]["approval"]
    assert approval["when"] == "amount >= 50000.00"
    assert approval["rejects_by"] == "reject"
    assert at == "/transitions/1/approval/nodes/0"
    nodes = done(nodes, flows.set_threshold(nodes, name, ("transitions", 1, "approval"), field, "20000"))
    assert flows.threshold_of(nodes[name]["transitions"][1]["approval"]["when"]) == ("amount", "20000")
    with pytest.raises(InvalidError):
        flows.set_threshold(nodes, name, ("transitions", 1, "approval"), field, "much")
    always = done(nodes, flows.set_threshold(nodes, name, ("transitions", 1, "approval"), field, ""))
    assert "when" not in always[name]["transitions"][1]["approval"]


def test_an_approval_needs_a_way_back_and_makes_one(repairs: Nodes) -> None:
    name = ("workflow", "repair_order")
    without = {
        **repairs[name],
        "transitions": [t for t in repairs[name]["transitions"] if t["key"] != "reject"],
    }
    nodes = {**repairs, name: without}
    changes, _ = flows.add_approval(nodes, name, ("transitions", 1), role="owner")
    made = done(nodes, changes)[name]
    assert made["transitions"][1]["approval"]["rejects_by"] in {t["key"] for t in made["transitions"]}


def test_a_form_takes_fields_sections_and_words(repairs: Nodes) -> None:
    name = ("form", "repair_order")
    changes, at = forms.insert(repairs, name, ("nodes", 0, "nodes"), 0, kind="field", field="owner")
    nodes = done(repairs, changes)
    assert at == "/nodes/0/nodes/0"
    assert nodes[name]["nodes"][0]["nodes"][0]["field"] == "owner"
    for kind in ("section", "tab", "text"):
        changes, _ = forms.insert(nodes, name, ("nodes",), None, kind=kind)
        nodes = done(nodes, changes)
    nodes = done(nodes, properties.move_item(nodes, name, ("nodes", 0, "nodes", 0), ("nodes", 1, "nodes"), 0))
    assert nodes[name]["nodes"][1]["nodes"][0]["field"] == "owner"
    with pytest.raises(InvalidError):
        forms.insert(nodes, name, ("nodes",), None, kind="field", field="nothing")


def test_a_section_never_goes_into_itself(repairs: Nodes) -> None:
    with pytest.raises(NotFoundError):
        properties.move_item(repairs, ("form", "repair_order"), ("nodes", 0), ("nodes", 0, "nodes"), 0)


@pytest.mark.parametrize(
    "kind", ["view", "report", "form", "rule", "dashboard", "health", "print", "connector"]
)
def test_a_new_definition_of_any_kind_can_be_read(repairs: Nodes, kind: str) -> None:
    changes, key = definitions.add_definition(
        repairs, kind, words_from("新的", "New one"), entity="repair_order"
    )
    nodes = change.applied(repairs, change.complete(repairs, changes))
    package, problems = load(nodes)
    assert package
    assert problems == ()
    assert (kind, key) in package.nodes


def test_a_new_report_is_a_chart_at_once(repairs: Nodes) -> None:
    changes, key = entities.add_field(
        repairs, "repair_order", type="money", label=words_from("金额", "Amount")
    )
    nodes = done(repairs, changes)
    changes, report = definitions.add_definition(
        nodes, "report", words_from("构成", "Share"), entity="repair_order"
    )
    body = done(nodes, changes)["report", report]
    assert [(c["field"], c.get("op")) for c in body["columns"]] == [
        ("state", None),
        ("id", "count"),
        (key, "sum"),
    ]
    assert body["chart"] == "bar"


def test_a_copy_has_uids_of_its_own(repairs: Nodes) -> None:
    changes, key = definitions.copy_definition(repairs, ("view", "repair_order"))
    nodes = done(repairs, changes)
    assert nodes["view", key]["uid"] != nodes["view", "repair_order"]["uid"]


def test_json_is_read_as_strictly_as_a_file(repairs: Nodes) -> None:
    name = ("view", "repair_order")
    with pytest.raises(InvalidError):
        properties.put_json(repairs, name, (), '{"key": "a", "key": "b"}')
    with pytest.raises(InvalidError):
        properties.put_json(repairs, name, (), "[1]")


JSON = st.recursive(
    st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from("abc"), JSON, min_size=1), st.sampled_from("abc"), JSON)
def test_surgery_leaves_the_original_alone(body: dict[str, Any], key: str, value: Any) -> None:
    before = str(body)
    after = change.with_value(body, (key,), value)
    assert str(body) == before
    assert after[key] == value
    assert change.without(after, (key,)) == {k: v for k, v in body.items() if k != key}


@given(st.lists(st.integers(), min_size=1, max_size=6), st.data())
def test_moving_keeps_everything(items: list[int], data: st.DataObject) -> None:
    source = data.draw(st.integers(0, len(items) - 1))
    target = data.draw(st.integers(0, len(items) - 1))
    moved = change.moved({"x": items}, ("x", source), ("x",), target)["x"]
    assert sorted(moved) == sorted(items)
    assert moved[target] == items[source]


def test_pointers_are_read_and_written() -> None:
    assert change.parts_of("/fields/3/a~1b") == ("fields", 3, "a/b")
    assert change.pointer_of(("fields", 3, "a/b")) == "/fields/3/a~1b"
    assert change.parts_of("") == ()
