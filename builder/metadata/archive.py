"""Archive: a package as one zip. Read in memory, never unpacked to disk; every name, count and size is bounded. Pure.

``manifest.json`` inside names every file with its sha256. The same package always makes the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Mapping
from typing import Any

from builder.archives import DAMAGED
from builder.errors import Problem
from builder.metadata.canonical import to_files
from builder.metadata.decoding import LARGEST, decode
from builder.metadata.kinds import Nodes, name_of
from builder.metadata.package import FORMAT, Package
from builder.metadata.reading import LARGEST_PACKAGE, MANY, OTHER, read_files

MANIFEST = "manifest.json"
EPOCH = (1980, 1, 1, 0, 0, 0)
LARGEST_ZIP = 20_000_000
CHUNK = 65_536
NESTED = (".zip", ".jar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar")
FORBIDDEN = ("users", "tokens", "accounts", "secrets", "sessions", "entries", "balances", "journal", "grants")
"""What no package may bring: people, secrets and ledger rows."""


def to_zip(package: Package | Nodes) -> bytes:
    """The package as a zip with its manifest; the same bytes for the same definitions."""
    nodes = package.nodes if isinstance(package, Package) else package
    files = to_files(nodes)
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    manifest = {"format": FORMAT, "files": hashes}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, content in {MANIFEST: json.dumps(manifest, indent=2).encode() + b"\n", **files}.items():
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def read_zip(content: bytes) -> tuple[Nodes, tuple[Problem, ...]]:
    """The nodes in a zip. Where one of its entries breaks the rules of archives the whole is refused: no nodes."""
    if len(content) > LARGEST_ZIP:
        return {}, (Problem("E005", "", {"max": LARGEST_ZIP}),)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            problems = _entry_problems(archive.infolist())
            if problems:
                return {}, problems
            files, problems = _contents(archive)
    except DAMAGED:
        return {}, (Problem("E020", ""),)
    if problems:
        return {}, problems
    manifest = files.pop(MANIFEST, None)
    nodes, problems = read_files(files)
    return nodes, (*problems, *_manifest_problems(manifest, files))


def _entry_problems(entries: list[zipfile.ZipInfo]) -> tuple[Problem, ...]:
    if len(entries) > MANY:
        return (Problem("E022", "", {"max": MANY}),)
    found: list[Problem] = []
    seen: set[str] = set()
    for entry in entries:
        path = entry.filename
        code = _entry_code(entry)
        if code is None and path.casefold() in seen:
            code = "E025"
        seen.add(path.casefold())
        if code is not None:
            found.append(Problem(code, path[:200]))
    return tuple(found)


def _entry_code(entry: zipfile.ZipInfo) -> str | None:
    """The code of what is wrong with one entry; None where it may be read."""
    path = entry.filename
    mode = entry.external_attr >> 16
    if entry.flag_bits & 0x1 or entry.is_dir() or (mode and stat.S_IFMT(mode) not in {0, stat.S_IFREG}):
        return "E026"
    if path.lower().endswith(NESTED):
        return "E024"
    if path.partition("/")[0].removesuffix(".json").lower() in FORBIDDEN:
        return "E029"
    if path in OTHER or name_of(path) is not None or _is_template(path):
        return None if "\\" not in path and "\x00" not in path else "E021"
    is_unsafe = path.startswith(("/", "\\")) or ".." in path or ":" in path or "\\" in path or "\x00" in path
    return "E021" if is_unsafe else "E006"


def _is_template(path: str) -> bool:
    return path.startswith("prints/") and path.endswith(".html") and path.count("/") == 1 and ".." not in path


def _contents(archive: zipfile.ZipFile) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    """Every file's bytes. Sizes are counted while reading: what an entry says of itself is not believed."""
    files: dict[str, bytes] = {}
    total = 0
    for entry in archive.infolist():
        read = bytearray()
        with archive.open(entry) as stream:
            while chunk := stream.read(CHUNK):
                read += chunk
                total += len(chunk)
                if len(read) > LARGEST or total > LARGEST_PACKAGE:
                    return {}, (Problem("E023", entry.filename, {"max": LARGEST}),)
        files[entry.filename] = bytes(read)
    return files, ()


def _manifest_problems(manifest: bytes | None, files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    if manifest is None:
        return ()
    body, problems = decode(manifest, MANIFEST)
    hashes: Any = body.get("files") if isinstance(body, dict) else None
    if problems or not isinstance(hashes, dict):
        return (*problems, Problem("E027", MANIFEST))
    listed = {path: hashes.get(path) for path in files if path not in OTHER}
    wrong = [p for p, digest in listed.items() if digest != hashlib.sha256(files[p]).hexdigest()]
    missing = [str(path) for path in hashes if path not in files]
    return tuple(Problem("E027", path) for path in (*wrong, *missing))
