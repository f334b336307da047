"""What a form shows by something that it works out itself but does not show: an item is no service, so it has a shelf life."""

from __future__ import annotations

import json
import re
from typing import Any

from builder.runtime.pages.inlining import inlined
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World


def test_a_condition_by_a_formula_that_the_form_does_not_show_reads_what_the_formula_reads(
    empty: World,
) -> None:
    nodes = shop_nodes()
    goods = nodes["entity", "goods"]
    dear = {"uid": "goods.dear", "key": "dear", "type": "boolean", "label": "Dear", "formula": "price > 100"}
    nodes["entity", "goods"] = {**goods, "fields": [*goods["fields"], dear]}
    shown = [{"uid": f"form.goods.{key}", "kind": "field", "field": key} for key in ("code", "name", "price")]
    weight = {"uid": "form.goods.weight", "kind": "field", "field": "weight", "visible_if": "not dear"}
    form = {"uid": "form.goods", "key": "goods", "entity": "goods", "label": "Goods"}
    nodes["form", "goods"] = form | {"nodes": [*shown, weight]}
    empty.install(nodes, "shop")
    empty.person("ann", "boss")
    text = signed_in(empty, "ann").get("/a/shop/goods/new").text
    found = re.search(r"<zg-form[^>]*><script[^>]*>(.*?)</script>", text, re.DOTALL)
    assert found is not None
    fields: dict[str, Any] = {one["key"]: one for one in json.loads(found[1])["fields"]}
    assert "dear" not in fields
    condition = json.dumps(fields["weight"]["shownIf"])
    assert '"dear"' not in condition
    assert '["path", "price"]' in condition


def test_formulas_within_formulas_are_followed_and_no_circle_for_ever() -> None:
    trees = {"a": ["not", ["path", "b"]], "b": ["path", "c"], "x": ["not", ["path", "x"]]}
    assert inlined(["not", ["path", "a"]], trees) == ["not", ["not", ["path", "c"]]]
    assert inlined(["path", "d"], trees) == ["path", "d"]
    assert json.dumps(inlined(["path", "x"], trees)).count("not") < 9
