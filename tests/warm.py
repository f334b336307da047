"""What a process that opens hundreds of databases and applications would make anew for each of them, kept warm.

The product opens one database and makes one application; there all of this happens once. None of it depends on the data or on who asks.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, create_engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from builder.storage import opening

STATEMENTS = 4_000


class _Statements(LRUCache[Any, Any]):
    """Compiled statements of all engines on one kind of database: their dialects, the first part of each key, are set up alike."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


class _Pages(BytecodeCache):
    """Compiled templates, kept by name and text."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


def keep_warm() -> None:
    """Share what is compiled among all databases and applications of this process."""
    opening.create_engine = warm_engine  # type: ignore[attr-defined]
    _share_addresses()
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Pages()}


@cache
def _statements(_dialect: str) -> _Statements:
    return _Statements(STATEMENTS)


def warm_engine(*args: Any, **options: Any) -> Engine:
    """``create_engine``, with what other engines of its kind have compiled."""
    engine = create_engine(*args, **options)
    engine._compiled_cache = _statements(engine.dialect.name)
    return engine


def _share_addresses() -> None:
    """What makes an address of its parts is written as a function and compiled; it takes the rule that it is made for."""
    kept: dict[Any, Any] = {}
    compile_builder = Rule._compile_builder

    def compiled(self: Rule, append_unknown: bool = True) -> Any:
        if self.defaults:
            return compile_builder(self, append_unknown)
        key = (self.rule, tuple(self._trace), append_unknown)
        if key not in kept:
            kept[key] = compile_builder(self, append_unknown)
        return kept[key]

    Rule._compile_builder = compiled  # type: ignore[method-assign]
