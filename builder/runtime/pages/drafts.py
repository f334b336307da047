"""Drafts: what was made of a record already and nobody has finished, so that a second press of its button leads there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from builder.metadata.package import Package
from builder.runtime.pages import addresses


def drafts_of(
    app: str, package: Package, links: Iterable[Mapping[str, Any]]
) -> Mapping[str, list[Mapping[str, str]]]:
    """By conversion: the documents that it made of the record and that still stand as they began, the newest first. Their order is that of
    the links, which are told from the oldest on."""
    found: dict[str, list[Mapping[str, str]]] = {}
    for link in links:
        if link["direction"] != "to" or link["depth"] != 1:
            continue
        workflow = package.workflow_of(link["entity"])
        if workflow is None or link["stands"] != workflow.initial:
            continue
        url = addresses.made_page(app, link["entity"], link["id"])
        found.setdefault(link["kind"], []).insert(0, {"title": link["title"], "url": url})
    return found
