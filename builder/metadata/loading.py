"""Loading: a folder, a zip or nodes become a package, or everything that is wrong with them. Pure but for reading the folder given.

``load`` judges; ``load_trusted`` is the short way for nodes that a database keeps because they were judged when they were published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeAlias

from builder.errors import Problem
from builder.metadata.archive import read_zip
from builder.metadata.canonical import content_hash
from builder.metadata.extends import overlay
from builder.metadata.kinds import KINDS, NodeName, Nodes, place
from builder.metadata.languages import overlaid
from builder.metadata.once import Once
from builder.metadata.package import FORMAT, Package
from builder.metadata.reading import read_folder
from builder.metadata.schemas import problems_of
from builder.metadata.structure import structure
from builder.metadata.uids import with_uids
from builder.metadata.upgrade import upgraded

Source: TypeAlias = "Traversable | Path | bytes | Nodes"
Templates: TypeAlias = Callable[[str], "Nodes | None"]
Read: TypeAlias = tuple[Nodes, tuple[Problem, ...]]
APP: NodeName = ("app", "app")


def load(source: Source, templates: Templates | None = None) -> tuple[Package | None, tuple[Problem, ...]]:
    """The package and every problem found, each with its path. The package holds what could be read (None: not even the app), so
    that checks may go on; it is fit for use only when no problem is an error. ``templates`` gives the nodes of a template that this one extends."""
    return load_read(read(source), templates, Once())


def load_read(
    source: Read, templates: Templates | None, once: Once
) -> tuple[Package | None, tuple[Problem, ...]]:
    """``load`` of what was read already; definitions that were loaded with the same ``once`` before are not judged again."""
    nodes, problems = source
    found = list(problems)
    nodes, more = upgraded(nodes)
    found.extend(more)
    nodes, more = _extended(nodes, templates)
    found.extend(more)
    nodes = with_uids(nodes, once)
    good: dict[NodeName, Mapping[str, Any]] = {}
    for name, body in nodes.items():
        wrong = once(_judged, name, body)
        found.extend(wrong)
        if not wrong:
            good[name] = body
    # What could not be read at all is not said to lack something as well.
    if APP not in nodes and (nodes or not problems):
        found.append(Problem("E007", "app.json"))
    if APP not in good:
        return None, tuple(found)
    return load_trusted(good, nodes=nodes, once=once), tuple(found)


def read(source: Source) -> Read:
    """The nodes of a source as they stand there, and every problem with reading them."""
    if isinstance(source, bytes):
        return read_zip(source)
    if isinstance(source, Mapping):
        unknown = [name for name in source if name[0] not in KINDS]
        known = {name: body for name, body in source.items() if name[0] in KINDS}
        return known, tuple(
            Problem("E006", f"{kind}/{key}", {"nearest": "", "hint": ""}) for kind, key in unknown
        )
    return read_folder(source)


def load_trusted(good: Nodes, *, nodes: Nodes | None = None, once: Once | None = None) -> Package:
    """The package of nodes that were judged before; nothing is checked. ``nodes`` is what the package says it was read from."""
    once = once or Once()
    texts = {key: body for (kind, key), body in good.items() if kind == "i18n"}
    made: dict[str, list[Any]] = {}
    app: Any = None
    for name, body in overlaid(good, texts).items():
        kind_name, kind = name[0], KINDS[name[0]]
        if kind.model is None:
            continue
        model = once(_modelled, name, body)
        if kind_name == "app":
            app = model
        elif kind_name == "roles":
            made["roles"] = list(model.roles)
        elif kind.collection:
            made.setdefault(kind.collection, []).append(model)
    kept = good if nodes is None else nodes
    return Package(
        app=app,
        i18n=texts,
        nodes=kept,
        content_hash=content_hash(kept, once),
        **{key: tuple(models) for key, models in made.items()},
    )


def _modelled(name: NodeName, body: Mapping[str, Any]) -> Any:
    model = KINDS[name[0]].model
    assert model is not None
    return structure(model, body)


def _judged(name: NodeName, body: Mapping[str, Any]) -> tuple[Problem, ...]:
    """What is wrong with one node by itself."""
    kind, key = name
    wrong = list(problems_of(name, body))
    if KINDS[kind].folder and kind != "i18n" and body.get("key", key) != key:
        wrong.append(Problem("E008", place(name, "key"), {"key": str(body.get("key")), "file": key}))
    if kind == "app" and isinstance(body.get("format", FORMAT), int) and body.get("format", FORMAT) > FORMAT:
        wrong.append(Problem("E009", place(name, "format"), {"format": body["format"], "known": FORMAT}))
    return tuple(wrong)


def _extended(nodes: Nodes, templates: Templates | None) -> tuple[Nodes, tuple[Problem, ...]]:
    """The nodes laid over the template that they extend, and what that template extends in turn; they are a whole package then."""
    chain = [str(nodes.get(APP, {}).get("key"))]
    layers = [nodes]
    wanted = nodes.get(APP, {}).get("extends")
    while isinstance(wanted, str) and wanted and templates is not None:
        base = templates(wanted) if wanted not in chain else None
        if base is None:
            return nodes, (Problem("E016", place(APP, "extends"), {"template": wanted}),)
        chain.append(wanted)
        layers.append(base)
        wanted = base.get(APP, {}).get("extends")
    if len(layers) == 1:
        return nodes, ()
    result = layers.pop()
    while layers:
        result = overlay(result, layers.pop())
    # What is whole extends nothing any more: laid over the template once again, it would get back what it took away.
    whole = {key: value for key, value in result[APP].items() if key != "extends"}
    return {**result, APP: whole}, ()
