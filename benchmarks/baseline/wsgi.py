"""What the server loads: the application on the database that ``BASELINE_DATABASE`` names."""

from __future__ import annotations

import os

from flask import Flask

from benchmarks.baseline.app import create_app
from benchmarks.baseline.database import Database


def application() -> Flask:
    """The application of one server process."""
    return create_app(Database(os.environ["BASELINE_DATABASE"]))
