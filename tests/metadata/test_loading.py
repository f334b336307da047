"""Loading: a folder, a zip or nodes become a package, or everything that is wrong is said at once, each with its path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from builder.metadata.canonical import to_files
from builder.metadata.decoding import LARGEST
from builder.metadata.loading import load, load_trusted
from builder.metadata.package import FORMAT
from builder.metadata.reading import MANY, read_files
from builder.metadata.uids import with_uids
from tests.metadata.library import GONE, library

LABEL = {"zh-CN": "甲", "en": "A"}


def _files(**changes: bytes) -> dict[str, bytes]:
    return {
        **to_files(library()),
        **{k.replace("__", "/").replace("_json", ".json"): v for k, v in changes.items()},
    }


def _written(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def test_a_folder_becomes_a_package_whose_models_say_what_the_files_say(tmp_path: Path) -> None:
    package, problems = load(_written(tmp_path, _files()))
    assert problems == ()
    assert package is not None
    loan = package.entity("loan")
    assert loan is not None
    assert [f.key for f in loan.fields][:2] == ["number", "reader"]
    assert loan.conversions[0].lines is not None
    assert loan.conversions[0].lines.from_ == "lines"
    workflow = package.workflow_of("loan")
    assert workflow is not None
    assert workflow.transitions[1].approval is not None
    assert package.prints[0].template.startswith("<p>")
    assert [r.key for r in package.roles] == ["librarian"]


def test_a_folder_a_zip_and_nodes_are_the_same_package(tmp_path: Path) -> None:
    from builder.metadata.archive import to_zip

    nodes = with_uids(library())
    packages = [load(source)[0] for source in (nodes, to_zip(nodes), _written(tmp_path, to_files(nodes)))]
    hashes = {p.content_hash for p in packages if p is not None}
    assert len(packages) == 3
    assert len(hashes) == 1


def test_what_was_judged_before_loads_without_judging() -> None:
    package, _ = load(library())
    assert package is not None
    again = load_trusted(package.nodes)
    assert again == package


BROKEN: list[tuple[str, bytes, str, str]] = [
    ("entities/reader.json", b'{"key": "reader",\n oops}', "E001", "entities/reader.json"),
    ("entities/reader.json", b'{"key": "\xff"}', "E001", "entities/reader.json"),
    ("entities/reader.json", b'{"key": "reader", "key": "other"}', "E002", "entities/reader.json#"),
    ("entities/reader.json", b'{"key": "reader", "fields": [{"scale": 1.5}]}', "E003", "entities/reader.json#/fields/0/scale"),
    ("entities/reader.json", b'{"a": NaN}', "E003", "entities/reader.json#/a"),
    ("entities/reader.json", b"9" * 5000, "E003", "entities/reader.json"),
    ("entities/reader.json", b"[" * 60 + b"]" * 60, "E004", "entities/reader.json"),
    ("entities/reader.json", b"[" * 100_000, "E004", "entities/reader.json"),
    ("entities/reader.json", b" " * (LARGEST + 1), "E005", "entities/reader.json"),
    ("entities/reader.json", b"[]", "E012", "entities/reader.json"),
    ("entites/reader.json", b"{}", "E006", "entites/reader.json"),
    ("evil.py", b"print()", "E006", "evil.py"),
    ("prints/alone.html", b"<p></p>", "E006", "prints/alone.html"),
    ("prints/slip.html", b"\xff", "E001", "prints/slip.html"),
    ("prints/slip.html", b" " * (LARGEST + 1), "E005", "prints/slip.html"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "content", "code", "place"), BROKEN, ids=[f"{c}-{i}" for i, (_, _, c, _) in enumerate(BROKEN)]
)
def test_a_file_that_cannot_be_read_is_named(path: str, content: bytes, code: str, place: str) -> None:
    _, problems = read_files({**_files(), path: content})
    assert (code, place) in {(p.code, p.path) for p in problems}


def test_a_misspelt_folder_is_told_the_nearest_one() -> None:
    _, problems = read_files({"entites/reader.json": b"{}"})
    assert problems[0].params["nearest"] == "entities"


def test_too_many_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "views").mkdir()
    for number in range(MANY + 1):
        (tmp_path / "views" / f"v{number}.json").write_bytes(b"{}")
    _, problems = load(tmp_path)
    assert "E022" in {p.code for p in problems}


def test_hidden_files_and_editors_leftovers_are_not_looked_at(tmp_path: Path) -> None:
    _written(
        tmp_path, {**_files(), ".git/config": b"x", "views/.loans.json.swp": b"x", "README.md": b"# Library"}
    )
    assert load(tmp_path)[1] == ()


JUDGED: list[tuple[str, Any, str, str]] = [
    ("entity/reader/labl", LABEL, "E010", "entities/reader.json#/labl"),
    ("entity/reader/fields/0/requierd", True, "E010", "entities/reader.json#/fields/0/requierd"),
    ("entity/reader/label", GONE, "E011", "entities/reader.json"),
    ("entity/reader/fields/0/type", GONE, "E011", "entities/reader.json#/fields/0"),
    ("entity/reader/fields", {}, "E012", "entities/reader.json#/fields"),
    ("entity/reader/fields/0/required", "yes", "E012", "entities/reader.json#/fields/0/required"),
    ("entity/reader/kind", "masterr", "E013", "entities/reader.json#/kind"),
    ("entity/reader/fields/0/key", "Name!", "E014", "entities/reader.json#/fields/0/key"),
    ("entity/reader/fields/0/min", "one", "E014", "entities/reader.json#/fields/0/min"),
    ("entity/reader/fields/0/scale", 99, "E015", "entities/reader.json#/fields/0/scale"),
    ("entity/reader/fields/0/scale", 10**30, "E015", "entities/reader.json#/fields/0/scale"),
    ("workflow/loan/states", [], "E015", "workflows/loan.json#/states"),
    ("entity/reader/label", "a\u202eb", "E017", "entities/reader.json#/label"),
    ("entity/reader/label/en", "a\x00b", "E017", "entities/reader.json#/label/en"),
    ("entity/reader/label/en", "a\rb", "E017", "entities/reader.json#/label/en"),
    ("entity/reader/label/en", "a\x7fb", "E017", "entities/reader.json#/label/en"),
    ("entity/reader/label/en", "a\ud800b", "E017", "entities/reader.json#/label/en"),
    ("entity/reader/key", "raeder", "E008", "entities/reader.json#/key"),
    ("app/app/format", FORMAT + 1, "E009", "app.json#/format"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "code", "place"), JUDGED, ids=[f"{c}-{p}" for p, _, c, _ in JUDGED]
)
def test_what_the_schema_does_not_allow_is_said_with_its_place(
    path: str, value: Any, code: str, place: str
) -> None:
    _, problems = load(library((path, value)))
    assert (code, place) in {(p.code, p.path) for p in problems}


@pytest.mark.parametrize(
    "words", ["two\nlines\tof", r"C:\users\run", "👩\u200d🌾 ❤\ufe0f", 'a "quoted" word']
)
def test_what_can_be_seen_may_stand_in_words(words: str) -> None:
    assert load(library(("entity/reader/label/en", words)))[1] == ()


def test_unknown_names_are_told_the_nearest_known_one() -> None:
    _, problems = load(library(("entity/reader/labl", LABEL), ("entity/loan/kind", "documnet")))
    assert {p.params["nearest"] for p in problems} == {"label", "document"}


def test_everything_that_is_wrong_is_said_at_once() -> None:
    _, problems = load(
        library(
            *((path, value) for path, value, *_ in JUDGED[:2]), ("form/loan/nodes", 3), ("view/loans/x", 1)
        )
    )
    assert {p.path.partition("#")[0] for p in problems} == {
        "entities/reader.json",
        "forms/loan.json",
        "views/loans.json",
    }


def test_without_an_app_there_is_no_package_and_with_faults_elsewhere_there_is_what_could_be_read() -> None:
    package, problems = load(library(("app/app", GONE)))
    assert package is None
    assert [(p.code, p.path) for p in problems] == [("E007", "app.json")]
    package, _ = load(library(("entity/reader/labl", LABEL)))
    assert package is not None
    assert package.entity("reader") is None
    assert package.entity("book") is not None


def test_nodes_of_a_kind_that_does_not_exist_are_refused() -> None:
    _, problems = load({**library(), ("tabel", "x"): {}})
    assert [(p.code, p.path) for p in problems] == [("E006", "tabel/x")]


def test_further_languages_are_laid_over_the_words() -> None:
    nodes = library(
        ("i18n/ja", {"loan.due_on.label": "返却日", "app.label": "図書館"}), ("app/app/uid", "app")
    )
    package, problems = load(nodes)
    assert problems == ()
    assert package is not None
    loan = package.entity("loan")
    field = loan.field("due_on") if loan else None
    assert field is not None
    assert field.label == {"zh-CN": "到期日", "en": "Due on", "ja": "返却日"}
    assert package.app.label["ja"] == "図書館"  # type: ignore[index]


def test_the_shipped_template_loads_without_a_problem() -> None:
    folder = Path(__file__).parents[2] / "templates_catalog" / "general"
    package, problems = load(folder)
    assert problems == ()
    assert package is not None
    assert json.loads((folder / "app.json").read_text(encoding="utf-8"))["key"] == package.app.key
