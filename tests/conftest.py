"""What tests of every room share: one browser for the whole run, because a process can drive only one at a time; their order."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from werkzeug import test as client

from builder.runtime import passwords
from builder.storage import opening
from tests.warm import keep_warm

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = next(
    filter(
        None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))
    ),
    "chromium",
)
"""The shell of Chromium that draws no window of its own is preferred: a tab costs it half of what it costs the whole browser."""
# A wait ends with what it waits for; the bound is for machines that do much else.
PATIENCE_MS = 20_000
# Whole files go to one worker. Those that take minutes start first: the last of them would otherwise run alone.
FIRST = (
    "tests/e2e/test_story",
    "tests/e2e/",
    "tests/web/",
    "tests/test_wheel",
    "tests/designer/test_upgrade_browser",
    "tests/runtime/test_merging",
    "tests/runtime/test_kills",
    "tests/catalog/",
    "tests/benchmarks/",
    "tests/expressions/",
    "tests/designer/",
)


def pytest_configure() -> None:
    """Compiled packages are many objects that stay; looking through them after every 700 new ones takes a seventh of the run. No power
    is lost in a test's own process; servers that are started and killed keep every commit. A machine that stands still for ten seconds
    fails no test: where the product gives a writer up, it is asked again by whoever called, and tests that write directly have nobody
    to do so. Nobody steals the passwords of tests, so their hashes need not be slow; that the product's are is a test of its own."""
    gc.set_threshold(50_000, 20, 20)
    opening.DURABLE = False
    opening.WRITER_OPTIONS.update(
        dict.fromkeys(("statement_timeout", "idle_in_transaction_session_timeout"), "60s")
    )
    # A test's browser writes an upload beyond 500 kB to a file that it leaves open.
    client.TemporaryFile = lambda _mode: BytesIO()  # type: ignore[attr-defined, assignment]
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    keep_warm()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, otherwise as they stand."""
    items.sort(
        key=lambda item: next((n for n, of in enumerate(FIRST) if item.nodeid.startswith(of)), len(FIRST))
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a screen."""
    # Only tests that look at pages pay for the import.
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()
