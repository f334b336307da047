"""Copies pinned browser libraries out of node_modules into builder/web/static/vendor; users never need node.

cd frontend && npm ci --ignore-scripts     verifies the sha512 of every package in the lock
python tools/vendor.py                     copies and bundles; writes manifest.json, THIRD_PARTY.txt, icons.svg
python tools/vendor.py --check             fails where a vendored file differs from the manifest
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FRONTEND = ROOT / "frontend"
PACKAGES = FRONTEND / "node_modules"
VENDOR = ROOT / "builder/web/static/vendor"
SPRITE = ROOT / "builder/web/static/icons.svg"

CODEMIRROR = [
    "@codemirror/autocomplete",
    "@codemirror/commands",
    "@codemirror/lang-json",
    "@codemirror/language",
    "@codemirror/lint",
    "@codemirror/state",
    "@codemirror/view",
    "@lezer/common",
    "@lezer/highlight",
    "@lezer/json",
    "@lezer/lr",
    "@marijn/find-cluster-break",
    "crelt",
    "style-mod",
    "w3c-keyname",
]

# Vendored name → (packages it holds, the names that pages import it by).
BUNDLES: dict[str, tuple[list[str], list[str]]] = {
    "lit.js": (
        ["lit", "lit-html", "lit-element", "@lit/reactive-element"],
        [
            "lit",
            *(
                f"lit/directives/{d}.js"
                for d in ["class-map", "ref", "guard", "if-defined", "keyed", "live", "repeat"]
            ),
        ],
    ),
    "sortable.js": (["sortablejs"], ["sortablejs"]),
    "echarts.js": (["echarts", "zrender", "tslib"], ["echarts"]),
    "codemirror.js": (CODEMIRROR, [*CODEMIRROR[:7], "@lezer/highlight"]),
    "dagre.js": (["@dagrejs/dagre"], ["@dagrejs/dagre"]),
    "zxing.js": (["zxing-wasm"], ["zxing-wasm/reader"]),
}
COPIES: dict[str, tuple[str, str, list[str]]] = {
    "htmx.js": ("htmx.org", "dist/htmx.esm.min.js", ["htmx.org"]),
    "zxing_reader.wasm": ("zxing-wasm", "dist/reader/zxing_reader.wasm", []),
}


def integrity(data: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


def package(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((PACKAGES / name / "package.json").read_text())
    return document


def bundle(name: str) -> None:
    command = [
        PACKAGES / ".bin/esbuild",
        f"entry/{name}",
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
    ]
    command += ["--legal-comments=eof", "--log-level=error", f"--outfile={VENDOR / name}"]
    subprocess.run([str(part) for part in command], cwd=FRONTEND, check=True)


def sprite(names: list[str]) -> str:
    symbols = []
    for name in sorted(set(names)):
        source = re.sub(
            r"<!--.*?-->", "", (PACKAGES / f"@tabler/icons/icons/outline/{name}.svg").read_text(), flags=re.S
        )
        found = re.search(r"<svg[^>]*>(.*)</svg>", source, re.S)
        inner = re.sub(r"\s+", " ", found.group(1)).strip() if found else ""
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def licence(name: str) -> str:
    files = sorted(
        p for p in (PACKAGES / name).iterdir() if p.name.upper().startswith(("LICENSE", "LICENCE"))
    )
    return (
        files[0].read_text()
        if files
        else "(the package has no licence file; its package.json names the licence)"
    )


def build() -> dict[str, Any]:
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    contents = {name: packages for name, (packages, _) in BUNDLES.items()}
    imports = {name: names for name, (_, names) in BUNDLES.items()}
    for name in BUNDLES:
        bundle(name)
    for name, (source, path, names) in COPIES.items():
        (VENDOR / name).write_bytes((PACKAGES / source / path).read_bytes())
        contents[name], imports[name] = [source], names
    manifest = {}
    for file in sorted(VENDOR.iterdir()):
        data = file.read_bytes()
        manifest[file.name] = {
            "integrity": integrity(data),
            "bytes": len(data),
            "gzip": len(gzip.compress(data, 9, mtime=0)),
            "imports": imports[file.name],
            "from": {name: package(name)["version"] for name in contents[file.name]},
        }
    SPRITE.write_text(sprite((FRONTEND / "icons.txt").read_text().split()))
    (VENDOR / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    everything = sorted({name for names in contents.values() for name in names} | {"@tabler/icons"})
    texts = [
        f"=== {n} {package(n)['version']} ({package(n).get('license')})\n\n{licence(n)}\n" for n in everything
    ]
    (VENDOR / "THIRD_PARTY.txt").write_text("\n".join(texts))
    return manifest


def check() -> list[str]:
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    known = {*manifest, "manifest.json", "THIRD_PARTY.txt"}
    strange = [path.name for path in VENDOR.iterdir() if path.name not in known]
    changed = [
        name
        for name, entry in manifest.items()
        if not (VENDOR / name).is_file() or integrity((VENDOR / name).read_bytes()) != entry["integrity"]
    ]
    return strange + changed


if __name__ == "__main__":
    if "--check" in sys.argv:
        wrong = check()
        sys.exit(f"vendored files differ from the manifest: {', '.join(wrong)}" if wrong else 0)
    for file, entry in build().items():
        sys.stdout.write(f"{entry['bytes']:>9} {entry['gzip']:>8}  {file}  {entry['from']}\n")
