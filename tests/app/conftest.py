"""Worlds on both databases, as tests of the runtime have them."""

from tests.runtime.conftest import empty

__all__ = ["empty"]
