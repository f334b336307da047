"""Files in fields over HTTP: uploaded first, named by a record then, and read by who may read that field of that record."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from builder.commands import InstallApp
from builder.runtime.contents import sweep
from tests.api.caller import Api, Caller, Ready, good, paths, refused
from tests.api.conftest import KINDS
from tests.api.papers import PDF, paper_nodes, png

ORDERS = "/apps/shop/order"


@pytest.fixture(scope="module", params=KINDS)
def ready(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ready:
    made = Ready(request.param, tmp_path_factory.mktemp("papers"), paper_nodes)
    made.prepare()
    return made


def send(caller: Caller, field: str, *sent: tuple[bytes, str], entity: str = "order") -> Any:
    data = {"entity": entity, "field": field, "file": [(io.BytesIO(c), n) for c, n in sent]}
    return caller.post("/apps/shop/files", data=data, content_type="multipart/form-data")


def uploaded(caller: Caller, field: str, content: bytes, name: str, entity: str = "order") -> Any:
    return good(send(caller, field, (content, name), entity=entity), 201)["items"][0]


def goods(api: Api) -> str:
    made: str = api.boss.make("/apps/shop/goods", {"code": "A", "name": "Rice"})["id"]
    return made


def line(api: Api, **more: Any) -> dict[str, Any]:
    return {"goods": goods(api), "quantity": "1", **more}


def test_a_record_keeps_what_was_uploaded_for_it(api: Api) -> None:
    one = uploaded(api.seller, "photos", png(), "门口.png")
    assert (one["name"], one["mime"], one["size"], one["picture"]) == (
        "门口.png",
        "image/png",
        len(png()),
        True,
    )
    order = api.seller.make(ORDERS, {"photos": [one["id"]], "lines": [line(api)]})
    assert order["photos"] == [one["id"]]
    read = api.seller.read(f"{ORDERS}/{order['id']}", {"expand": "photos"})
    assert read["photos"] == [one["id"]]
    assert read["_expand"]["photos"][one["id"]]["name"] == "门口.png"


def test_a_picture_comes_as_a_picture_that_nothing_runs_from(api: Api) -> None:
    one = uploaded(api.seller, "photos", png(), "a.png")
    api.seller.make(ORDERS, {"photos": one["id"], "lines": [line(api)]})
    answer = api.seller.get(one["url"].removeprefix("/api/v1"))
    assert (answer.status_code, answer.mimetype, answer.get_data()) == (200, "image/png", png())
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    again = api.seller.get(
        one["url"].removeprefix("/api/v1"), headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.get_data()) == (304, b"")


def test_a_page_in_disguise_leaves_as_bytes(api: Api) -> None:
    one = uploaded(api.seller, "anything", b"<html><script>alert(1)</script>", "list.html")
    answer = api.seller.get(f"/apps/shop/files/{one['id']}")
    assert (one["mime"], answer.mimetype) == ("application/octet-stream", "application/octet-stream")


@pytest.mark.parametrize(
    ("field", "content", "name", "code"),
    [
        ("photos", PDF, "a.png", "FILE_KIND"),
        ("photos", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "FILE_KIND"),
        ("photos", png() + b"x" * 2000, "a.png", "FILE_TOO_LARGE"),
        ("paper", png(), "a.pdf", "FILE_KIND"),
        ("signed", b"\xff\xd8\xff" + b"0" * 20, "a.png", "FILE_KIND"),
        ("photos", b"", "a.png", "FILE_EMPTY"),
    ],
)
def test_what_a_field_does_not_take_is_refused_where_it_is_sent(
    api: Api, field: str, content: bytes, name: str, code: str
) -> None:
    document = refused(send(api.boss, field, (png(), "ok.png"), (content, name)), 422)
    assert ("/file/1", code) in paths(document)


def test_a_file_that_was_sent_for_another_field_is_judged_again(api: Api) -> None:
    one = uploaded(api.boss, "anything", b"plain words", "a.txt")
    document = refused(api.boss.post(ORDERS, {"photos": [one["id"]], "lines": [line(api)]}), 422)
    assert paths(document) == {("/photos", "FILE_KIND")}


def test_a_field_holds_no_more_than_it_says(api: Api) -> None:
    ids = [uploaded(api.boss, "photos", png(n), f"{n}.png")["id"] for n in range(3)]
    document = refused(api.boss.post(ORDERS, {"photos": ids, "lines": [line(api)]}), 422)
    assert paths(document) == {("/photos", "FILE_TOO_MANY")}


def test_nobody_gets_at_a_file_by_its_id(api: Api) -> None:
    one = uploaded(api.clerk, "photos", png(), "a.png")
    good(api.clerk.get(f"/apps/shop/files/{one['id']}"))
    refused(api.seller.get(f"/apps/shop/files/{one['id']}"), 404)
    document = refused(api.seller.post(ORDERS, {"photos": [one["id"]], "lines": [line(api)]}), 422)
    assert paths(document) == {("/photos", "FILE_UNKNOWN")}
    theirs = api.clerk.make(
        ORDERS, {"photos": [one["id"]], "lines": [{"goods": order_goods(api), "quantity": "1"}]}
    )
    refused(api.seller.get(f"/apps/shop/files/{one['id']}"), 404)
    mine = api.seller.make(ORDERS, {"lines": [{"goods": order_goods(api), "quantity": "1"}]})
    taking = api.seller.patch(f"{ORDERS}/{mine['id']}", {"photos": [one["id"]]})
    assert paths(refused(taking, 422)) == {("/photos", "FILE_UNKNOWN")}
    # Who may read it may carry it on: the other record holds a copy of its own.
    other = api.clerk.make(ORDERS, {"lines": [{"goods": order_goods(api), "quantity": "1"}]})
    copied = good(api.clerk.patch(f"{ORDERS}/{other['id']}", {"photos": [one["id"]]}))["photos"]
    assert copied != [one["id"]]
    assert api.clerk.get(f"/apps/shop/files/{copied[0]}").get_data() == png()
    assert api.clerk.read(f"{ORDERS}/{theirs['id']}")["photos"] == [one["id"]]


def order_goods(api: Api) -> str:
    found: str = api.boss.read("/apps/shop/goods")["items"][0]["id"]
    return found


def test_a_file_of_another_app_or_none_is_not_found(api: Api) -> None:
    one = uploaded(api.boss, "photos", png(), "a.png")
    api.boss.make(ORDERS, {"photos": [one["id"]], "lines": [line(api)]})
    other = {
        **paper_nodes(),
        ("app", "app"): {**paper_nodes()["app", "app"], "uid": "other.app", "key": "other"},
    }
    api.world.send(InstallApp("other", other))
    refused(api.boss.get(f"/apps/other/files/{one['id']}"), 404)
    refused(api.boss.get("/apps/shop/files/x"), 404)
    refused(api.boss.get("/apps/shop/files/9999"), 404)
    refused(api.nobody.get(f"/apps/shop/files/{one['id']}"), 404)


def test_rights_on_the_field_are_rights_on_its_files(api: Api) -> None:
    paper = uploaded(api.boss, "paper", PDF, "a.pdf")["id"]
    photo = uploaded(api.boss, "photos", png(), "a.png")["id"]
    inner = uploaded(api.boss, "photo", png(7), "b.png", entity="order_line")["id"]
    order = api.boss.make(
        ORDERS,
        {"paper": [paper], "photos": [photo], "owner": owner(api), "lines": [line(api, photo=[inner])]},
    )
    seen = api.seller.read(f"{ORDERS}/{order['id']}")
    assert "paper" not in seen
    assert "photo" not in seen["lines"][0]
    good(api.seller.get(f"/apps/shop/files/{photo}"))
    for hidden in (paper, inner):
        refused(api.seller.get(f"/apps/shop/files/{hidden}"), 404)
        good(api.boss.get(f"/apps/shop/files/{hidden}"))
    refused(send(api.seller, "paper", (PDF, "b.pdf")), 404)
    refused(send(api.nobody, "photos", (png(), "b.png")), 404)
    refused(send(api.with_token(api.seller, ["shop:read"]), "photos", (png(), "b.png")), 403)
    refused(send(api.boss, "remark", (png(), "b.png")), 404)
    refused(api.boss.post("/apps/shop/files", data={}, content_type="multipart/form-data"), 422)


def owner(api: Api) -> str:
    found: str = api.seller.read("/me")["id"]
    return found


def test_a_right_that_is_taken_away_takes_the_files_along(api: Api) -> None:
    one = uploaded(api.seller, "photos", png(), "a.png")
    order = api.seller.make(ORDERS, {"photos": [one["id"]], "lines": [line(api)]})
    good(api.seller.get(f"/apps/shop/files/{one['id']}"))
    me = api.boss.read("/me")["id"]
    good(api.boss.patch(f"{ORDERS}/{order['id']}", {"owner": me}))
    refused(api.seller.get(f"/apps/shop/files/{one['id']}"), 404)


def test_history_names_old_and_new_files_and_keeps_them(api: Api) -> None:
    first = uploaded(api.seller, "photos", png(), "before.png")["id"]
    order = api.seller.make(ORDERS, {"photos": [first], "lines": [line(api)]})["id"]
    second = uploaded(api.seller, "photos", png(9), "after.png")["id"]
    good(api.seller.patch(f"{ORDERS}/{order}", {"photos": [second]}))
    change = next(
        c for v in api.seller.read(f"{ORDERS}/{order}/history")["items"] for c in v["changes"]
        if v["version"] == 2 and c["field"] == "photos"
    )  # fmt: skip
    assert (change["before"], change["after"]) == ([first], [second])
    good(api.seller.delete(f"{ORDERS}/{order}"), 204)
    api.world.later(days=3)
    sweep(api.world.engine, 1)
    seller = api.sign_in("seller")
    assert seller.get(f"/apps/shop/files/{first}").get_data() == png()
    assert seller.get(f"/apps/shop/files/{second}").get_data() == png(9)


def test_a_former_file_may_come_back(api: Api) -> None:
    first = uploaded(api.seller, "photos", png(), "a.png")["id"]
    order = api.seller.make(ORDERS, {"photos": [first], "lines": [line(api)]})["id"]
    assert good(api.seller.patch(f"{ORDERS}/{order}", {"photos": None}))["photos"] is None
    assert good(api.seller.patch(f"{ORDERS}/{order}", {"photos": [first]}))["photos"] == [first]


def test_what_no_record_took_is_gone_after_a_day(api: Api) -> None:
    kept = uploaded(api.seller, "photos", png(), "a.png")["id"]
    lost = uploaded(api.seller, "photos", png(5), "b.png")["id"]
    shared = uploaded(api.seller, "photos", png(), "same.png")["id"]
    api.seller.make(ORDERS, {"photos": [kept], "lines": [line(api)]})
    assert sweep(api.world.engine, 1) == 0
    api.world.later(hours=25)
    assert sweep(api.world.engine, 1) == 1
    seller = api.sign_in("seller")
    assert seller.get(f"/apps/shop/files/{kept}").get_data() == png()
    refused(seller.get(f"/apps/shop/files/{lost}"), 404)
    refused(seller.get(f"/apps/shop/files/{shared}"), 404)
    document = refused(seller.post(ORDERS, {"photos": [lost], "lines": []}), 422)
    assert ("/photos", "FILE_UNKNOWN") in paths(document)
    stored = [p for p in Path(api.world.engine.files).rglob("*") if p.is_file()]
    assert len(stored) == 1


def test_the_next_document_gets_a_copy_of_its_own(api: Api) -> None:
    one = uploaded(api.clerk, "photos", png(), "a.png")["id"]
    goods_id = goods(api)
    received = {"lines": [{"goods": goods_id, "quantity": "5"}]}
    good(api.clerk.post("/apps/shop/receipt", received, query_string={"submit": "1"}), 201)
    sold = {"photos": [one], "lines": [{"goods": goods_id, "quantity": "1"}]}
    order = good(api.clerk.post(ORDERS, sold, query_string={"submit": "1"}), 201)["id"]
    good(api.boss.post(f"{ORDERS}/{order}/transitions/approve", {}))
    delivery = api.boss.read(f"{ORDERS}/{order}/links")["items"][0]["id"]
    photos = api.boss.read(f"/apps/shop/delivery/{delivery}")["photos"]
    assert len(photos) == 1
    assert photos != [one]
    assert api.clerk.get(f"/apps/shop/files/{photos[0]}").get_data() == png()


def test_a_line_keeps_its_picture(api: Api) -> None:
    inner = uploaded(api.boss, "photo", png(), "a.png", entity="order_line")["id"]
    order = api.boss.make(ORDERS, {"lines": [line(api, photo=[inner])]})
    assert order["lines"][0]["photo"] == [inner]
    again = {"goods": order_goods(api), "quantity": "2", "photo": [inner]}
    kept = {"id": order["lines"][0]["id"], "photo": [inner]}
    lines = good(api.boss.patch(f"{ORDERS}/{order['id']}", {"lines": [kept, again]}))["lines"]
    assert lines[0]["photo"] == [inner]
    assert lines[1]["photo"] not in (None, [inner])
    unknown = {"lines": [{"goods": order_goods(api), "quantity": "1", "photo": ["x"]}]}
    assert paths(refused(api.boss.post(ORDERS, unknown), 422)) == {("/lines/0/photo", "FILE_UNKNOWN")}


def test_an_export_names_the_files(api: Api) -> None:
    one = uploaded(api.boss, "photos", png(), "front.png")["id"]
    api.boss.make(ORDERS, {"photos": [one], "lines": [line(api)]})
    text = api.boss.get("/apps/shop/exports/order", {"format": "csv", "fields": "number,photos"}).get_data(
        as_text=True
    )
    assert "front.png" in text


def test_an_attachment_is_taken_off_while_its_record_may_be_edited(api: Api) -> None:
    order = api.seller.make(ORDERS, {"lines": [line(api)]})["id"]
    data = {"file": [(io.BytesIO(PDF), "a.pdf")]}
    made = good(
        api.seller.post(f"{ORDERS}/{order}/files", data=data, content_type="multipart/form-data"), 201
    )["items"][0]["id"]
    refused(api.nobody.delete(f"{ORDERS}/{order}/files/{made}"), 404)
    good(api.seller.delete(f"{ORDERS}/{order}/files/{made}"), 204)
    assert api.seller.read(f"{ORDERS}/{order}/files")["items"] == []
    refused(api.seller.delete(f"{ORDERS}/{order}/files/{made}"), 404)
