"""What a merged record has below it goes over too: nothing is lost, nothing is there twice, and it can be taken back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from builder.errors import BuilderError
from builder.runtime.lookup import look_up
from tests.runtime.packs import goods, pack, pack_nodes, packs_of
from tests.runtime.test_merging import is_clean, merge, unmerge
from tests.runtime.world import World


@pytest.fixture
def packed(empty: World) -> World:
    empty.install(pack_nodes(), "shop")
    return empty


def order(world: World, item: int, pack_id: int) -> int:
    show = world.engine.database.show
    line = {"goods": show(item), "quantity": "2", "pack": show(pack_id)}
    return world.id(world.create("order", {"lines": [line]}))


def pack_ordered(world: World, id: int) -> tuple[object, object]:
    with world.reading() as ctx:
        values = ctx.load("order", id).lines["lines"][0].values
    return values["goods"], values["pack"]


def test_lines_that_only_the_merged_one_has_come_over(packed: World) -> None:
    keep, away = goods(packed, "A", pack("Box", "4")), goods(packed, "B", pack("Pallet", "96", "690001"))
    merge(packed, (keep, away))
    assert {name: values["pieces"] for name, (_, values) in packs_of(packed, keep).items()} == {
        "Box": Decimal("4.00"),
        "Pallet": Decimal("96.00"),
    }
    assert list(packs_of(packed, away)) == ["Pallet"]


def test_a_line_that_both_have_stays_one_and_learns_what_it_lacked(packed: World) -> None:
    keep = goods(packed, "A", pack("Box", "4", price="9.00"))
    away = goods(packed, "B", pack("Box", "4", "690001", price="8.00"))
    merge(packed, (keep, away))
    (values,) = [values for _, values in packs_of(packed, keep).values()]
    assert (values["barcode"], values["price"]) == ("690001", Decimal("9.00"))


def test_a_line_of_the_same_name_that_means_another_quantity_is_not_the_same(packed: World) -> None:
    keep, away = goods(packed, "A", pack("Box", "4")), goods(packed, "B", pack("Box", "6"))
    merge(packed, (keep, away))
    with packed.reading() as ctx:
        rows = ctx.load("goods", keep).lines["packs"]
    assert [(r.values["name"], r.values["pieces"]) for r in rows] == [
        ("Box", Decimal("4.00")),
        ("Box", Decimal("6.00")),
    ]


def test_open_documents_name_the_line_of_the_kept_one(packed: World) -> None:
    keep, away = (
        goods(packed, "A", pack("Box", "4")),
        goods(packed, "B", pack("Box", "4"), pack("Pallet", "96")),
    )
    of = packs_of(packed, away)
    boxed, piled = order(packed, away, of["Box"][0]), order(packed, away, of["Pallet"][0])
    merged = merge(packed, (keep, away))
    now = packs_of(packed, keep)
    assert pack_ordered(packed, boxed) == (keep, now["Box"][0])
    assert pack_ordered(packed, piled) == (keep, now["Pallet"][0])
    unmerge(packed, merged)
    assert pack_ordered(packed, piled) == (away, of["Pallet"][0])
    assert list(packs_of(packed, keep)) == ["Box"]
    assert packs_of(packed, away) == of


def test_a_barcode_finds_the_kept_one_and_after_an_undo_its_own(packed: World) -> None:
    keep, away = (
        goods(packed, "A", pack("Box", "4", "690001")),
        goods(packed, "B", pack("Box", "4", "690002")),
    )
    merged = merge(packed, (keep, away))
    show = packed.engine.database.show
    own, other = packs_of(packed, keep)["Box"][0], packs_of(packed, away)["Box"][0]

    def scanned(code: str) -> list[str]:
        with packed.reading() as ctx:
            return [row["id"] for row in look_up(ctx, "pack", code)]

    assert scanned("690001") == scanned("690002") == [show(own)]
    unmerge(packed, merged)
    assert (scanned("690001"), scanned("690002")) == ([show(own)], [show(other)])


def test_an_older_record_gets_back_the_barcode_that_the_kept_one_took(packed: World) -> None:
    away, keep = goods(packed, "A", pack("Box", "4", "690001")), goods(packed, "B", pack("Box", "4"))
    merged = merge(packed, (keep, away))
    assert packs_of(packed, keep)["Box"][1]["barcode"] == "690001"
    unmerge(packed, merged)
    barcodes = [packs_of(packed, id)["Box"][1]["barcode"] for id in (away, keep)]
    assert barcodes == ["690001", None]


def test_two_that_go_into_one_bring_a_line_once(packed: World) -> None:
    keep = goods(packed, "A")
    one, two = goods(packed, "B", pack("Box", "4")), goods(packed, "C", pack("Box", "4"))
    merged = merge(packed, (keep, one), (keep, two))
    assert list(packs_of(packed, keep)) == ["Box"]
    merge(packed, (keep, one))
    assert list(packs_of(packed, keep)) == ["Box"]
    unmerge(packed, merged)
    assert packs_of(packed, keep) == {}
    assert (list(packs_of(packed, one)), list(packs_of(packed, two))) == (["Box"], ["Box"])


def test_a_dry_run_tells_what_comes_over_and_what_is_there(packed: World) -> None:
    keep, away = (
        goods(packed, "A", pack("Box", "4")),
        goods(packed, "B", pack("Box", "4"), pack("Pallet", "96")),
    )
    told = merge(packed, (keep, away), dry_run=True)
    assert [(line["field"], line["new"]) for line in told["pairs"][0]["lines"]] == [
        ("packs", False),
        ("packs", True),
    ]
    assert list(packs_of(packed, keep)) == ["Box"]


def test_balances_kept_by_line_go_over_and_back(empty: World) -> None:
    empty.install(pack_nodes(with_stock_by_pack=True), "shop")
    keep, away = (
        goods(empty, "A", pack("Box", "4")),
        goods(empty, "B", pack("Box", "4"), pack("Pallet", "96")),
    )
    show = empty.engine.database.show
    old = {name: id for name, (id, _) in packs_of(empty, away).items()}
    lines = [
        {"goods": show(away), "quantity": count, "pack": show(old[name])}
        for name, count in (("Box", "5"), ("Pallet", "2"))
    ]
    empty.create("receipt", {"lines": lines}, submit=True)
    merged = merge(empty, (keep, away))
    new = {name: id for name, (id, _) in packs_of(empty, keep).items()}

    def held(ids: dict[str, int]) -> dict[str, Decimal]:
        return {name: empty.balance("packed", "count", id) for name, id in ids.items()}

    counts = {"Box": Decimal(5), "Pallet": Decimal(2)}
    assert (held(new), set(held(old).values())) == (counts, {Decimal(0)})
    assert is_clean(empty)
    unmerge(empty, merged)
    assert (held(old), empty.balance("packed", "count", new["Box"])) == (counts, Decimal(0))
    assert is_clean(empty)


def test_a_line_that_is_named_since_keeps_the_merge_from_being_taken_back(packed: World) -> None:
    keep, away = goods(packed, "A"), goods(packed, "B", pack("Box", "4"))
    merged = merge(packed, (keep, away))
    order(packed, keep, packs_of(packed, keep)["Box"][0])
    with pytest.raises(BuilderError) as caught:
        unmerge(packed, merged)
    assert [p.code for p in caught.value.problems] == ["UNMERGE_LINES"]
