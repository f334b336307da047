"""Fills in the uids that a package's folder lacks, from the path of keys: ``python tools/assign_uids.py templates_catalog/general``.

With ``--check`` nothing is written and the exit code says whether any is missing."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from builder.metadata.canonical import canonical  # noqa: E402
from builder.metadata.kinds import path_of  # noqa: E402
from builder.metadata.reading import read_folder  # noqa: E402
from builder.metadata.uids import with_uids  # noqa: E402


def assign(folder: Path, *, is_check: bool) -> list[str]:
    """The files that lacked uids; they are rewritten unless this is a check. Problems of reading raise ``SystemExit``."""
    nodes, problems = read_folder(folder)
    if problems:
        raise SystemExit("\n".join(f"{p.code} {p.path} {dict(p.params)}" for p in problems))
    changed = []
    for name, body in with_uids(nodes).items():
        if body != nodes[name]:
            changed.append(path_of(name))
            if not is_check:
                own = {k: v for k, v in body.items() if not (name[0] == "print" and k == "template")}
                (folder / path_of(name)).write_text(canonical(name, own), encoding="utf-8")
    return changed


def main(arguments: list[str]) -> int:
    folders = [Path(a) for a in arguments if not a.startswith("-")]
    is_check = "--check" in arguments
    changed = [f"{folder}/{path}" for folder in folders for path in assign(folder, is_check=is_check)]
    for path in changed:
        print(path)
    return 1 if is_check and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
