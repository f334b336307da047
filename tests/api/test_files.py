"""Files on records over HTTP: kept by what they are, named by people, found by who may see the record."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from tests.api.caller import Api, Caller, good, refused

GOODS = "/apps/shop/goods"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def item(api: Api) -> str:
    made: str = api.boss.make(GOODS, {"code": "A", "name": "Rice"})["id"]
    return made


def upload(caller: Caller, base: str, *sent: tuple[bytes, str], mime: str = "text/html") -> Any:
    data = {"file": [(io.BytesIO(content), name, mime) for content, name in sent]}
    return caller.post(f"{base}/files", data=data, content_type="multipart/form-data")


def test_a_file_comes_back_as_it_was_sent(api: Api) -> None:
    base = f"{GOODS}/{item(api)}"
    made = good(upload(api.boss, base, (PNG, "照片.png"), (b"<script>", "page.html")), 201)["items"]
    assert [(f["name"], f["mime"], f["size"]) for f in made] == [
        ("照片.png", "image/png", 48),
        ("page.html", "application/octet-stream", 8),
    ]
    assert [f["id"] for f in api.boss.read(f"{base}/files")["items"]] == [f["id"] for f in made]
    answer = api.boss.get(f"{base}/files/{made[0]['id']}")
    assert (answer.get_data(), answer.mimetype) == (PNG, "image/png")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_same_bytes_lie_once(api: Api) -> None:
    base = f"{GOODS}/{item(api)}"
    upload(api.boss, base, (PNG, "a.png"), (PNG, "b.png"))
    stored = [p for p in Path(api.world.engine.files).rglob("*") if p.is_file()]
    assert len(stored) == 1
    assert len(api.boss.read(f"{base}/files")["items"]) == 2


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/cron.d/x", "x"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\r\nSet-Cookie: x=1", "aSet-Cookie: x=1"),
        ("exe.\u202egnp", "exe.gnp"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("..", "file"),
        ('a."; filename=evil.exe', 'a."; filename=evil.exe'),
        ("CON", "CON"),
    ],
)
def test_a_name_is_a_label_and_never_a_place(api: Api, name: str, kept: str) -> None:
    from builder.runtime.attachments import clean_name

    assert clean_name(name) == kept
    base = f"{GOODS}/{item(api)}"
    made = good(upload(api.boss, base, (b"x", name.replace("\r\n", ""))), 201)["items"][0]
    answer = api.boss.get(f"{base}/files/{made['id']}")
    assert answer.status_code == 200
    assert "\n" not in answer.headers["Content-Disposition"]
    assert answer.headers.get("Set-Cookie") is None
    assert 'filename="export.' in answer.headers["Content-Disposition"]


def test_what_is_no_file_is_refused(api: Api) -> None:
    base = f"{GOODS}/{item(api)}"
    refused(api.boss.post(f"{base}/files", data={}, content_type="multipart/form-data"), 422)
    refused(api.boss.post(f"{base}/files", {"file": "x", "path": "../../app.db"}), 422)
    refused(upload(api.boss, base, (b"", "empty")), 422)
    refused(upload(api.boss, base, *[(b"x", f"{n}") for n in range(11)]), 422)
    large = b"--x\r\n" + b"x" * api.world.engine.settings.max_body
    form = {"data": large, "content_type": "multipart/form-data; boundary=x"}
    refused(api.boss.post(f"{base}/files", **form), 413, "TOO_LARGE")
    assert api.boss.read(f"{base}/files")["items"] == []


def test_a_file_is_found_by_who_may_see_its_record_alone(api: Api) -> None:
    goods = item(api)
    order = api.clerk.make("/apps/shop/order", {"lines": [{"goods": goods, "quantity": "1"}]})["id"]
    base = f"/apps/shop/order/{order}"
    file = good(upload(api.clerk, base, (PNG, "a.png")), 201)["items"][0]["id"]
    assert api.clerk.get(f"{base}/files/{file}").status_code == 200
    mine = api.seller.make("/apps/shop/order", {"lines": [{"goods": goods, "quantity": "1"}]})["id"]
    for caller, path in (
        (api.seller, f"{base}/files/{file}"),
        (api.seller, f"/apps/shop/order/{mine}/files/{file}"),
        (api.nobody, f"{base}/files/{file}"),
        (api.clerk, f"{base}/files/x"),
        (api.clerk, f"{GOODS}/{goods}/files/{file}"),
    ):
        refused(caller.get(path), 404)
    refused(upload(api.seller, base, (PNG, "b.png")), 404)
    refused(upload(api.clerk, f"{GOODS}/{goods}", (PNG, "b.png")), 403)
    reading = api.with_token(api.boss, ["shop:read"])
    refused(upload(reading, f"{GOODS}/{goods}", (PNG, "b.png")), 403)


def test_a_file_whose_bytes_are_gone_is_not_found(api: Api) -> None:
    base = f"{GOODS}/{item(api)}"
    made = good(upload(api.boss, base, (PNG, "a.png")), 201)["items"][0]["id"]
    for path in Path(api.world.engine.files).rglob("*"):
        if path.is_file():
            path.unlink()
    refused(api.boss.get(f"{base}/files/{made}"), 404)
