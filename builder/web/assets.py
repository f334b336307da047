"""Static files: addresses that carry a hash of everything, so that browsers may keep them for ever.

Modules import each other by relative paths, therefore one hash stands in front of the whole tree
(``/static/<hash>/js/el/zg-lines.js``) instead of one in each name.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from builder.errors import NotFoundError

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^@import (?:url\()?"([\w./-]+\.css)"\)?;\n?', re.MULTILINE)
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain",
}
_SQUEEZED = frozenset(
    {"text/javascript", "text/css", "image/svg+xml", "application/json", "application/wasm"}
)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served. ``squeezed`` is its gzip form where that is worth sending."""

    mimetype: str
    body: bytes
    squeezed: bytes | None


@dataclass(frozen=True)
class Assets:
    """The static files of the web room and of the rooms above it.

    ``roots`` maps a folder of the address (``"designer"``; ``""`` is the web room's) to a directory.
    With ``reload`` files are read again for every request, for people who are changing them.
    """

    roots: Mapping[str, Path] = field(default_factory=lambda: {"": STATIC})
    prefix: str = "/static"
    reload: bool = False
    _kept: dict[str, Asset] = field(default_factory=dict, repr=False)

    def fingerprint(self) -> str:
        """Changes when any file changes; the same on every machine that serves the same files."""
        digest = hashlib.sha256()
        for name, root in sorted(self.roots.items()):
            for path in sorted(p for p in root.rglob("*") if p.is_file()):
                digest.update(
                    f"{name}/{path.relative_to(root)}\n".encode() + hashlib.sha256(path.read_bytes()).digest()
                )
        return digest.hexdigest()[:10]

    def find(self, name: str) -> Asset:
        """The file behind ``name`` (the address after the hash). Raises ``NotFoundError``, also for paths that climb."""
        kept = self._kept.get(name)
        if kept is None or self.reload:
            kept = self._kept[name] = _load(self._path(name))
        return kept

    def _path(self, name: str) -> Path:
        head, _, rest = name.partition("/")
        folder, inner = (self.roots[head], rest) if head and head in self.roots else (self.roots[""], name)
        root = folder.resolve()
        path = (root / inner).resolve()
        if not path.is_relative_to(root) or not path.is_file() or path.name.startswith("."):
            raise NotFoundError(path=name)
        return path


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses of one state of the files: what templates use."""

    base: str
    import_map: str
    hashes: Mapping[str, str]

    @classmethod
    def of(cls, assets: Assets, fingerprint: str | None = None) -> Addresses:
        base = f"{assets.prefix}/{fingerprint or assets.fingerprint()}"
        manifest = json.loads((STATIC / "vendor/manifest.json").read_text())
        hashes = {f"vendor/{name}": entry["integrity"] for name, entry in manifest.items()}
        return cls(base, import_map(base, manifest), hashes)

    def url(self, name: str) -> str:
        return f"{self.base}/{name}"

    def integrity(self, name: str) -> str:
        """The sha384 of a vendored file (``vendor/lit.js``) as an ``integrity`` attribute takes it."""
        return self.hashes[name]


def import_map(base: str, manifest: Mapping[str, Mapping[str, Any]]) -> str:
    """The import map as JSON: npm names → vendored files with their sha384, ``zg/`` → our own modules."""
    imports = {"zg/": f"{base}/js/"}
    hashes = {}
    for name, entry in manifest.items():
        for wanted in entry["imports"]:
            imports[wanted] = f"{base}/vendor/{name}"
        if entry["imports"]:
            hashes[f"{base}/vendor/{name}"] = entry["integrity"]
    return json.dumps({"imports": imports, "integrity": hashes}, separators=(",", ":"))


def _load(path: Path) -> Asset:
    body = _inlined(path).encode() if path.suffix == ".css" else path.read_bytes()
    mimetype = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    squeezed = gzip.compress(body, 6, mtime=0) if mimetype in _SQUEEZED and len(body) > 512 else None
    return Asset(mimetype, body, squeezed)


def _inlined(path: Path) -> str:
    """A style sheet with its imports put in place, so that a page asks once."""
    text = path.read_text(encoding="utf-8")
    return _IMPORT.sub(lambda found: _inlined(path.parent / found.group(1)), text)
