"""The catalog: the templates that come with the product, as their folders hold them. Pure but for reading those folders."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from builder.errors import NotFoundError
from builder.metadata.choosing import Choosing, read_choosing
from builder.metadata.kinds import Nodes
from builder.metadata.loading import Read, read
from builder.metadata.text import Text

CATALOG = "templates_catalog"


def catalog() -> Iterator[str]:
    """The keys of the templates that come with the product."""
    for folder in sorted(files(CATALOG).iterdir(), key=lambda f: f.name):
        if folder.is_dir() and folder.joinpath("app.json").is_file():
            yield folder.name


def choosing() -> Choosing:
    """The questions that lead to a template, and what each answer says."""
    return read_choosing(json.loads(files(CATALOG).joinpath("choosing.json").read_text("utf-8")))


def label_of(key: str) -> Text:
    """What a template of the catalog is called."""
    app = json.loads(template_source(key).joinpath("app.json").read_text("utf-8"))
    found: Text = app.get("label", key)
    return found


def template_source(key: str) -> Traversable:
    """The folder of a template. Raises ``NotFoundError``."""
    if key not in set(catalog()):
        raise NotFoundError(template=key)
    return files(CATALOG).joinpath(key)


def template_nodes(key: str, reading: Callable[[Any], Read] = read) -> Nodes | None:
    """The nodes of a template as they stand in its folder, for those that extend it; None where there is none."""
    try:
        nodes, _ = reading(template_source(key))
    except NotFoundError:
        return None
    return nodes
