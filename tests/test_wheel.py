"""The wheel is whole: installed where nothing else of the project is, it has its templates, pages and migrations."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script of a fresh environment. What the project depends on is lent from the one that runs this test."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")
    run(*pip, "wheel", "--no-deps", "-w", folder, ROOT, cwd=folder)
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    run(*pip, "--python", python, "install", "--no-deps", next(folder.glob("*.whl")), cwd=folder)
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    (Path(site) / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "venv" / "bin" / "builder"


def test_the_catalog_travels_in_the_wheel(builder: Path, tmp_path: Path) -> None:
    assert "general" in run(builder, "template", "list", cwd=tmp_path)


def test_an_installed_product_makes_its_tables_and_pages(builder: Path, tmp_path: Path) -> None:
    shown = run(builder, "demo", "--no-serve", "--empty", "--var", tmp_path / "var", cwd=tmp_path)
    assert "owner" in shown
    script = (
        "from builder.app import create_app, open_engine; from builder.config import Settings; import builder, sys;"
        f"app = create_app(open_engine(Settings(database='sqlite:///{tmp_path}/var/zhanggui.db', var='{tmp_path}/var')));"
        "print(builder.__file__); print(app.test_client().get('/sign-in').status_code)"
    )
    file, status = run(builder.parent / "python", "-c", script, cwd=tmp_path).split()
    assert str(ROOT) not in file
    assert status == "200"
