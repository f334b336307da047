"""What a process that opens hundreds of databases and applications would make anew for each of them, kept warm.

The product opens one database and makes one application; there all of this happens once. None of it depends on the data or on who asks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, create_engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from builder import web
from builder.metadata.package import Package
from builder.runtime import installing
from builder.storage import opening
from builder.web.assets import Assets
from builder.web.locale import Messages, Texts

STATEMENTS = 4_000
PRODUCT = Path(web.__file__).parents[1]


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
    _share_files()
    _share_templates()
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
    """What reads an address and what makes one of its parts are compiled of its text alone; the rule that they serve is handed to them."""
    kept: dict[Any, Any] = {}
    compile_rule = Rule.compile

    def compiled(self: Rule) -> None:
        assert self.map is not None
        if self.defaults or self.map.host_matching or self.subdomain:
            compile_rule(self)
            return
        key = (self.rule, self.merge_slashes, tuple(self.map.converters.values()))
        found = kept.get(key)
        if found is None:
            compile_rule(self)
            builders = (self._build.__func__, self._build_unknown.__func__)  # type: ignore[attr-defined]
            kept[key] = (self._parts, self._trace, self._converters, set(self.arguments), builders)
            return
        self._parts, self._trace, self._converters, arguments, (build, build_unknown) = found
        self.arguments |= arguments
        self._build, self._build_unknown = build.__get__(self, None), build_unknown.__get__(self, None)

    Rule.compile = compiled  # type: ignore[method-assign]


def _share_files() -> None:
    """The hash of the product's own files, and its words: tests change neither."""
    fingerprint = Assets.fingerprint

    @cache
    def hashed(roots: tuple[tuple[str, Path], ...]) -> str:
        return fingerprint(Assets(dict(roots)))

    def of_own(self: Assets) -> str:
        if self.reload or not all(root.is_relative_to(PRODUCT) for root in self.roots.values()):
            return fingerprint(self)
        return hashed(tuple(sorted(self.roots.items())))

    Assets.fingerprint = of_own  # type: ignore[method-assign]
    Messages.load = _loading(Messages.load)  # type: ignore[method-assign]
    Texts.load = _loading(Texts.load)  # type: ignore[method-assign]


def _share_templates() -> None:
    """Templates of the catalog, read once: what tests there are is asked of them in every process, and many tests install one."""
    shipped = installing._shipped
    kept: Callable[[Path], Package] = cache(shipped)
    catalog = Path(str(files("templates_catalog")))

    def of_catalog(source: Traversable) -> Package:
        known = isinstance(source, Path) and source.is_relative_to(catalog)
        return kept(Path(str(source))) if known else shipped(source)

    installing._shipped = of_catalog


def _loading(load: Callable[..., Any]) -> Callable[..., Any]:
    kept = cache(load)
    return lambda *folders: (kept if all(f.is_relative_to(PRODUCT) for f in folders) else load)(*folders)
