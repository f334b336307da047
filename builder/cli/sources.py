"""Sources: what a person names on the command line when a package is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from builder.metadata.catalog import catalog, template_source


def source_of(text: str) -> Any:
    """A template's folder by key, a folder, or a zip's bytes. ``ValueError`` where there is none of them."""
    if text in set(catalog()):
        return template_source(text)
    path = Path(text)
    if path.is_dir():
        return path
    if path.is_file():
        return path.read_bytes()
    raise ValueError(f"no template, folder or file {text!r}")
