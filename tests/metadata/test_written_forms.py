"""Written forms: one canonical text, zips of the same bytes, uids that stay, older formats that are brought up to date."""

from __future__ import annotations

import io
import json
import random
import zipfile
from typing import Any

import pytest

from builder.metadata.archive import EPOCH, LARGEST_ZIP, MANIFEST, read_zip, to_zip
from builder.metadata.canonical import canonical, content_hash, to_files
from builder.metadata.extends import overlay
from builder.metadata.loading import load
from builder.metadata.package import FORMAT
from builder.metadata.reading import read_files
from builder.metadata.uids import with_uids
from builder.metadata.upgrade import upgraded
from tests.metadata.library import library

NODES = with_uids(library())


# Canonical text


def _shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        items = [(k, _shuffled(v, chance)) for k, v in value.items()]
        chance.shuffle(items)
        return dict(items)
    return [_shuffled(v, chance) for v in value] if isinstance(value, list) else value


def test_export_import_and_export_again_give_the_same_bytes() -> None:
    files = to_files(NODES)
    nodes, problems = read_files(files)
    assert problems == ()
    assert to_files(nodes) == files
    assert nodes == NODES


def test_the_order_in_which_properties_were_written_does_not_matter() -> None:
    chance = random.Random(7)
    shuffled = {name: _shuffled(body, chance) for name, body in NODES.items()}
    assert {n: canonical(n, b) for n, b in shuffled.items()} == {n: canonical(n, b) for n, b in NODES.items()}
    assert content_hash(shuffled) == content_hash(NODES)


def test_text_is_in_the_order_of_the_model_and_chinese_stays_chinese() -> None:
    text = canonical(("entity", "reader"), NODES["entity", "reader"])
    assert text.startswith(
        '{\n  "uid": "reader",\n  "key": "reader",\n  "kind": "master",\n  "label": {\n    "zh-CN": "读者"'
    )
    assert text.endswith("}\n")
    assert "\\u" not in text


def test_a_print_is_two_files() -> None:
    files = to_files(NODES)
    assert files["prints/slip.html"].startswith(b"<p>")
    assert "template" not in json.loads(files["prints/slip.json"])


# Zips


def _zip(*entries: tuple[str, bytes], **more: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in entries:
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.external_attr = more.get("mode", 0o644) << 16
            archive.writestr(entry, content)
    return out.getvalue()


def test_the_same_package_is_always_the_same_zip() -> None:
    assert to_zip(NODES) == to_zip(dict(reversed(list(NODES.items()))))
    nodes, problems = read_zip(to_zip(NODES))
    assert problems == ()
    assert nodes == NODES
    assert to_zip(nodes) == to_zip(NODES)


def _damaged(packing: int) -> bytes:
    """A zip whose packed bytes are others than were written."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        archive.writestr("app.json", b'{"key": "' + bytes(range(32, 120)).replace(b'"', b"") * 9 + b'"}')
    whole = out.getvalue()
    middle = whole.index(b"app.json") + 40
    return whole[:middle] + b"\xff" * 20 + whole[middle + 20 :]


APP = ("app.json", b'{"key": "a"}')
BAD_ZIPS: list[tuple[str, str, bytes]] = [
    ("E020", "", b"no zip"),
    ("E020", "", _zip(APP)[:60]),
    ("E020", "", _damaged(zipfile.ZIP_LZMA)),
    ("E020", "", _damaged(zipfile.ZIP_DEFLATED)),
    ("E005", "", b"x" * (LARGEST_ZIP + 1)),
    ("E021", "../app.json", _zip(("../app.json", b"{}"))),
    ("E021", "/etc/passwd", _zip(("/etc/passwd", b"x"))),
    ("E021", "views\\x.json", _zip(("views\\x.json", b"{}"))),
    ("E021", "c:/x.json", _zip(("c:/x.json", b"{}"))),
    ("E006", "run.sh", _zip(("run.sh", b"x"))),
    ("E024", "views/more.zip", _zip(("views/more.zip", b"PK"))),
    ("E025", "views/A.json", _zip(("views/a.json", b"{}"), ("views/A.json", b"{}"))),
    ("E026", "views/a.json", _zip(("views/a.json", b"/etc/passwd"), mode=0o120777)),
    ("E026", "views/", _zip(("views/", b""))),
    ("E023", "data/a.json", _zip(("data/a.json", b" " * 3_000_000))),
    ("E029", "users.json", _zip(("users.json", b"[]"))),
    ("E029", "balances/a.json", _zip(("balances/a.json", b"[]"))),
    ("E027", "app.json", _zip(APP, (MANIFEST, b'{"files": {"app.json": "00"}}'))),
    ("E027", "views/a.json", _zip(APP, (MANIFEST, b'{"files": {"views/a.json": "00"}}'))),
    ("E027", MANIFEST, _zip(APP, (MANIFEST, b"[]"))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "path", "content"), BAD_ZIPS, ids=[f"{c}-{p}" for c, p, _ in BAD_ZIPS])
def test_a_zip_that_is_not_what_a_package_is_is_refused(code: str, path: str, content: bytes) -> None:
    _, problems = read_zip(content)
    assert (code, path) in {(p.code, p.path) for p in problems}


# Uids


def test_uids_are_made_from_keys_and_those_that_are_there_stay() -> None:
    reader = NODES["entity", "reader"]
    assert reader["uid"] == "reader"
    assert [f["uid"] for f in reader["fields"]] == ["reader.name", "reader.card", "reader.level"]
    assert reader["fields"][2]["options"][0]["uid"] == "reader.level.adult"
    renamed = {
        **NODES,
        ("entity", "reader"): {
            **reader,
            "key": "people",
            "fields": [{**reader["fields"][0], "key": "title"}],
        },
    }
    assert with_uids(renamed) == renamed


def test_made_uids_are_unique_and_making_them_again_changes_nothing() -> None:
    seen: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            seen.extend([value["uid"]] if "uid" in value else [])
            for inner in value.values():
                collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)

    for body in NODES.values():
        collect(body)
    assert len(seen) == len(set(seen)) > 60
    assert with_uids(NODES) == NODES


# Extends


def test_a_template_that_extends_another_holds_only_its_differences() -> None:
    own: Any = {
        ("app", "app"): {"uid": "lib2.app", "key": "library2", "label": "Other", "extends": "library"},
        ("entity", "reader"): {
            "fields": [
                {"uid": "reader.card", "required": True},
                {"uid": "reader.level", "$remove": True},
                {
                    "uid": "reader.phone",
                    "$after": "reader.name",
                    "key": "phone",
                    "type": "phone",
                    "label": "Phone",
                },
            ]
        },
        ("rule", "remind"): {"$remove": True},
    }
    package, problems = load(own, {"library": NODES}.get)
    assert problems == ()
    assert package is not None
    reader = package.entity("reader")
    assert reader is not None
    assert [f.key for f in reader.fields] == ["name", "phone", "card"]
    assert reader.fields[2].required
    assert reader.fields[2].unique
    assert [r.key for r in package.rules] == ["touch"]
    assert package.app.key == "library2"


def test_what_is_whole_is_loaded_again_as_it_is() -> None:
    """An app installed in the catalog is loaded from a template's finished definitions: what the template took away stays away."""
    own: Any = {
        ("app", "app"): {"uid": "lib2.app", "key": "library2", "label": "Other", "extends": "library"},
        ("rule", "remind"): {"$remove": True},
        ("entity", "reader"): {"fields": [{"uid": "reader.level", "$remove": True}]},
    }
    once, _ = load(own, {"library": NODES}.get)
    assert once is not None
    twice, problems = load(once.nodes, {"library": NODES}.get)
    assert problems == ()
    assert twice is not None
    assert twice.nodes == once.nodes


def test_templates_stand_on_each_other_and_the_topmost_wins() -> None:
    def app(key: str, on: str | None, color: str) -> Any:
        return {("app", "app"): {"key": key, "label": key, "color": color, **({"extends": on} if on else {})}}

    shelf = {
        "one": app("one", None, "red"),
        "two": {**app("two", "one", "blue"), **{("view", "loans"): {"page_size": 9}}},
    }
    shelf["one"] = {**NODES, **shelf["one"]}
    package, problems = load(app("three", "two", "green"), shelf.get)
    assert problems == ()
    assert package is not None
    assert (package.app.color, package.views[0].page_size) == ("green", 9)


@pytest.mark.parametrize("on", ["nowhere", "one"])
def test_a_template_that_is_not_there_or_stands_on_itself_is_refused(on: str) -> None:
    own: Any = {("app", "app"): {"key": "x", "label": "x", "extends": on}}
    shelf = {"one": {("app", "app"): {"key": "one", "label": "one", "extends": "one"}}}
    _, problems = load(own, shelf.get)
    assert [(p.code, p.path) for p in problems] == [("E016", "app.json#/extends")]


def test_laying_differences_over_changes_neither_side() -> None:
    base: Any = {("view", "a"): {"sort": [{"field": "x"}]}}
    own: Any = {("view", "a"): {"sort": []}}
    assert overlay(base, own) == own
    assert base == {("view", "a"): {"sort": [{"field": "x"}]}}


# Older formats


def test_a_package_of_format_0_is_brought_up_to_date() -> None:
    old: Any = {
        **{n: b for n, b in library().items() if n not in {("health", "negative"), ("workflow", "loan")}},
        ("app", "app"): {**library()["app", "app"], "format": 0, "checks": [library()["health", "negative"]]},
        ("workflow", "loan"): {
            **library()["workflow", "loan"],
            "transitions": [
                {**t, "from": t["from"][0]} for t in library()["workflow", "loan"]["transitions"]
            ],
        },
    }
    package, problems = load(old)
    assert problems == ()
    assert package is not None
    assert package.app.format == FORMAT
    assert [h.key for h in package.health] == ["negative"]
    workflow = package.workflow_of("loan")
    assert workflow is not None
    assert workflow.transitions[0].from_ == ("draft",)


def test_todays_format_is_left_as_it_is_and_an_unknown_one_is_said() -> None:
    assert upgraded(NODES) == (NODES, ())
    ancient: Any = {("app", "app"): {"key": "x", "label": "x", "format": -1}}
    _, problems = upgraded(ancient)
    assert [(p.code, p.path) for p in problems] == [("E009", "app.json#/format")]


def test_what_a_number_series_once_said_without_effect_is_dropped() -> None:
    number = {
        "uid": "n",
        "key": "number",
        "type": "auto_number",
        "series": {"uid": "s", "pattern": "A{0001}"},
    }
    plain = {"uid": "t", "key": "note", "type": "text"}
    said = {**number, "series": {"uid": "s", "pattern": "A{0001}", "gapless": False}}
    nodes: Any = {("entity", "paper"): {"key": "paper", "fields": [said, plain]}}
    found, problems = upgraded(nodes)
    assert (found["entity", "paper"]["fields"], problems) == ([number, plain], ())


def test_what_a_role_must_not_see_is_added_to() -> None:
    """What the template below hides stays hidden, its later reports come along; deeds are replaced, and a name with a minus goes."""

    def role(**grant: Any) -> Any:
        reports = grant.pop("reports")
        grants = [{"uid": "r.g.item", "entity": "item", **grant}]
        return {
            ("roles", "roles"): {"roles": [{"uid": "r", "key": "r", "reports": reports, "grants": grants}]}
        }

    base = role(reports=["stock", "sales", "old"], may=["read", "export"], hidden=["cost"])
    own = role(reports=["batches", "sales", "-old"], may=["read"], hidden=["value"])
    (made,) = overlay(base, own)[("roles", "roles")]["roles"]
    assert made["reports"] == ["stock", "sales", "batches"]
    assert (made["grants"][0]["hidden"], made["grants"][0]["may"]) == (["cost", "value"], ["read"])
