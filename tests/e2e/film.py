"""Film: a camera's picture with real codes on it, as a file that Chromium plays for a camera."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WIDTH, HEIGHT = 1280, 720
WHITE, BLACK = 235, 16
SECONDS, RATE = 3, 5
FNC1 = "\xf1"


def gs1_label(*pairs: tuple[str, str]) -> str:
    """The bars of a GS1-128 label, as ``1`` for black: what varies comes last or ends with FNC1."""
    from barcode.codex import Gs1_128

    return str(Gs1_128("".join(f"{ai}{value}" for ai, value in pairs)).build()[0])


def ean13(digits: str) -> str:
    """The bars of an EAN-13."""
    from barcode.ean import EAN13

    return str(EAN13(digits[:12]).build()[0]).replace("G", "1")


@contextmanager
def seeing(browser: Browser, folder: Path, codes: Iterable[str]) -> Iterator[Browser]:
    """A browser of the same kind whose camera sees the codes."""
    path = film(folder / "codes.y4m", codes)
    arguments = [
        "--no-sandbox",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    ]
    found = browser.browser_type.launch(executable_path=CHROMIUM, args=arguments)
    yield found
    found.close()


def film(path: Path, codes: Iterable[str]) -> Path:
    """The codes one after the other, each held still for three seconds, then an empty table."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for bars in (*codes, ""):
            for _ in range(SECONDS * RATE):
                file.write(b"FRAME\n" + _luma(bars) + bytes([128]) * (WIDTH * HEIGHT // 2))
    return path


def _luma(bars: str) -> bytes:
    """A white picture with the bars in its middle."""
    wide = max(1, (WIDTH - 200) // max(1, len(bars)))
    drawn = b"".join(bytes([BLACK if bar == "1" else WHITE]) * wide for bar in bars)
    left = (WIDTH - len(drawn)) // 2
    row = bytes([WHITE]) * left + drawn + bytes([WHITE]) * (WIDTH - left - len(drawn))
    blank = bytes([WHITE]) * WIDTH
    return blank * 160 + row * 400 + blank * 160
