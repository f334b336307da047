"""Imports: workbooks and CSV files become records, each row judged like one that a person enters."""

from __future__ import annotations

from builder.runtime.imports.previewing import Preview, preview
from builder.runtime.imports.running import import_of, start_import
from builder.runtime.imports.undoing import start_undo

__all__ = ["Preview", "import_of", "preview", "start_import", "start_undo"]
