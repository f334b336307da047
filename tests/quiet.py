"""Quiet: a page that has loaded, waits for no answer any more and has drawn what came.

A browser calls its network idle after half a second without any; hundreds of visits would spend minutes in that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

LISTEN = """
window.__waiting = 0;
{
  const ask = window.fetch;
  window.fetch = (...what) => {
    window.__waiting += 1;
    return ask(...what).finally(() => { window.__waiting -= 1; });
  };
}
"""
"""Runs before a page's own scripts, and counts the answers that it waits for."""

FRAMES = 4
"""So many frames one after the other without a question: what an answer brings is drawn in the next, and may ask in turn."""

_QUIET = """(frames) => new Promise((done) => {
  let still = 0;
  const look = () => {
    still = document.readyState === 'complete' && window.__waiting === 0 ? still + 1 : 0;
    if (still > frames) done(); else requestAnimationFrame(look);
  };
  look();
})"""


def quiet(page: Page) -> None:
    """Wait until the page, whose context listens, is quiet."""
    page.evaluate(_QUIET, FRAMES)
