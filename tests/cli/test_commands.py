"""The console script: what operators type, and what it answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from builder.cli import ROOMS, main, parser
from builder.cli.starting import made_up
from builder.errors import Problem
from builder.metadata.catalog import catalog
from builder.storage.errors import BackupError, DuplicateError, RetryError, UnknownOutcomeError

TEMPLATES = Path(__file__).resolve().parents[2] / "templates_catalog"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything in a folder of its own, in English."""
    monkeypatch.chdir(tmp_path)
    for name in ("BUILDER_DATABASE", "BUILDER_VAR", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("BUILDER_PASSWORD", "Right-Horse-7-Battery")


def test_every_command_is_there() -> None:
    wanted = {
        "demo", "init", "serve", "worker", "migrate", "template", "scenario", "verify", "backup", "restore", "user", "token",
        "openapi", "schema", "settings",
    }  # fmt: skip
    found = parser()._subparsers
    assert found is not None
    assert wanted <= set(found._group_actions[0].choices or ())


@pytest.mark.parametrize("words", [["--help"], ["template", "check", "no_stock"]])
def test_what_needs_no_database_starts_without_one(words: list[str]) -> None:
    """Whoever asks for help or checks a package waits for neither the database's libraries nor the web's."""
    heavy = "{'sqlalchemy', 'psycopg', 'flask', 'jinja2', 'granian', 'builder.runtime.engine'}"
    code = f"""import sys
from builder.cli import main
try:
    code = main({words})
except SystemExit as left:
    code = left.code
print(code, sorted({heavy} & set(sys.modules)))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


@pytest.mark.parametrize("command", [name for told in ROOMS.values() for name in told])
def test_a_command_has_the_same_options_alone_as_among_all(command: str) -> None:
    alone, all_of_them = _below(parser([command]), command), _below(parser(), command)
    assert alone.format_help() == all_of_them.format_help()
    assert alone._actions[1:] or alone._defaults


def _below(made: ArgumentParser, command: str) -> ArgumentParser:
    assert made._subparsers is not None
    found: ArgumentParser = made._subparsers._group_actions[0].choices[command]  # type: ignore[index]
    return found


def test_settings_are_listed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_SECRET_KEY", "hidden")
    assert main(["settings"]) == 0
    out = capsys.readouterr().out
    assert "sqlite:///var/zhanggui.db" in out
    assert "hidden" not in out


def test_a_wrong_setting_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDER_PORT", "many")
    assert main(["settings"]) == 2
    assert "port" in capsys.readouterr().err


def test_an_empty_database_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["user", "list"]) == 2
    assert "builder init" in capsys.readouterr().err


def test_the_schema_of_a_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "entity"]) == 0
    assert json.loads(capsys.readouterr().out)["title"]


def test_a_package_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["template", "check", "general"]) == 0
    assert "0 errors" in capsys.readouterr().out
    assert main(["template", "check", "nothing"]) == 2


def test_examples_of_other_trades_are_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    examples = Path(__file__).resolve().parents[2] / "docs" / "examples"
    folders = [str(folder) for folder in sorted(examples.iterdir()) if folder.is_dir()]
    assert main(["template", "check", *folders]) == 0
    assert capsys.readouterr().out.count("0 errors, 0 warnings") == len(folders) == 2


def test_one_fault_is_one_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text('{"key": "tea", "label": "Tea", "colour": "green"}')
    assert main(["template", "check", str(tmp_path)]) == 1
    assert capsys.readouterr().out == "1 error, 0 warnings\n"


def test_the_whole_catalog_is_checked_where_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["template", "check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(catalog())
    assert {line.partition(": ")[2] for line in lines} == {"0 errors, 0 warnings"}


def test_several_packages_are_told_in_the_order_in_which_they_were_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By how many processes they are judged makes no difference."""
    (tmp_path / "app.json").write_text('{"key": "tea", "label": "Tea", "colour": "green"}')
    told = []
    for processors in (1, 2):
        monkeypatch.setattr(os, "cpu_count", lambda among=processors: among)
        assert main(["template", "check", "no_stock", str(tmp_path), "general"]) == 1
        told.append(capsys.readouterr())
    assert told[0] == told[1]
    names = [line.partition(":")[0] for line in told[0].out.splitlines()]
    assert names == ["no_stock", str(tmp_path), "general"]


def test_from_nothing_to_an_app_that_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--admin", "root"]) == 0
    assert main(["template", "install", "general", "--key", "shop"]) == 0
    assert main(["user", "add", "ann", "--app", "shop", "--role", "keeper"]) == 0
    assert main(["user", "disable", "ann"]) == 0
    capsys.readouterr()
    assert main(["user", "list"]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["ann", "disabled"],
        ["root", "active"],
    ]
    assert main(["token", "add", "root", "--scope", "shop:read"]) == 0
    token = capsys.readouterr().out.strip()
    assert main(["token", "revoke", "root", token[:10]]) == 0
    assert main(["verify"]) == 0
    assert "0 differences" in capsys.readouterr().out


def test_an_app_is_exported_and_installed_again(tmp_path: Path) -> None:
    assert main(["init", "--admin", "root"]) == 0
    assert main(["template", "install", "general"]) == 0
    assert main(["template", "export", "general", "out.zip"]) == 0
    assert main(["template", "check", "out.zip"]) == 0
    assert main(["template", "install", "out.zip", "--key", "copy"]) == 0
    assert main(["template", "diff", "general", "out.zip"]) == 0
    assert main(["template", "diff", "general", "copy"]) == 1
    assert main(["template", "upgrade", "general", "--publish"]) == 0


def test_an_upgrade_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What changes, what both sides changed, and why a package is refused; a refused one leaves the app free for the next."""
    assert main(["init", "--admin", "root"]) == 0
    assert main(["template", "install", "general"]) == 0
    folder = tmp_path / "newer"
    shutil.copytree(TEMPLATES / "general", folder)
    rewrite(folder / "entities" / "brand.json", {"label": {"zh-CN": "牌子", "en": "Make"}})
    upgrade = ["template", "upgrade", "general", "--template", str(folder), "--publish"]
    assert main(upgrade) == 1
    assert "UPGRADE_SAME_VERSION" in capsys.readouterr().err
    rewrite(folder / "app.json", {"version": "2.0.0"})
    rewrite(folder / "entities" / "brand.json", {"title": "nowhere"})
    assert main(upgrade) == 1
    rewrite(folder / "entities" / "brand.json", {"title": "name"})
    assert main(upgrade) == 0
    said = capsys.readouterr().out
    assert "Make" in said or "牌子" in said
    assert "version 2 is live" in said
    assert main(["template", "upgrade", "general", "--template", "food"]) == 1
    assert "UPGRADE_OTHER_TEMPLATE" in capsys.readouterr().err


def rewrite(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **values}), "utf-8")


def test_a_refusal_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--admin", "root"]) == 0
    assert main(["template", "install", "general"]) == 0
    assert main(["template", "install", "general"]) == 1
    assert "APP_EXISTS" in capsys.readouterr().err


def test_made_up_passwords_are_long_and_differ() -> None:
    assert len({made_up() for _ in range(50)}) == 50
    assert all(len(made_up()) == 14 for _ in range(5))


def test_a_demo_with_a_short_password_leaves_nothing_half_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--no-serve", "--empty", "--password", "short"]) == 1
    assert "PASSWORD_LENGTH" in capsys.readouterr().err
    assert main(["demo", "--no-serve", "--empty", "--password", "Right-Horse-7-Battery"]) == 0
    assert "owner      Right-Horse-7-Battery" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (RetryError("LOCK_TIMEOUT"), 3, "did not answer or is busy (LOCK_TIMEOUT)"),
        (UnknownOutcomeError("COMMIT"), 3, "may have been written or not"),
        (DuplicateError(), 3, "Another record has this already"),
        (
            BackupError("x.zip is no whole backup", [Problem("BACKUP_CHANGED", "tables/app.jsonl")]),
            2,
            "tables/app.jsonl",
        ),
    ],
)
def test_what_the_database_says_is_told_in_a_sentence(
    error: Exception,
    code: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("builder.cli.people.opened", broken)
    assert main(["user", "list"]) == code
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
