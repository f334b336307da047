"""Reading: the files of a package, from a folder or from memory, become nodes. Nothing is written anywhere. Pure.

A print's page template is a file of its own beside its JSON (``prints/x.html``); in the node it is the property ``template``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import Any

from builder.errors import Problem
from builder.metadata.decoding import LARGEST, decode
from builder.metadata.kinds import BY_FOLDER, KINDS, NodeName, Nodes, name_of, path_of
from builder.metadata.schemas import hint, near, wrong_type

MANY = 2000
"""Files of one package."""
LARGEST_PACKAGE = 20_000_000
OTHER = frozenset({"README.md", "LICENSE", "manifest.json"})
TEMPLATE = "prints/"


def read_folder(folder: Traversable) -> tuple[Nodes, tuple[Problem, ...]]:
    """The nodes of a package's folder and every problem with reading them."""
    contents: dict[str, bytes] = {}
    problems: list[Problem] = []
    total = 0
    for path, file in _files(folder):
        if len(contents) >= MANY:
            problems.append(Problem("E022", path, {"max": MANY}))
            break
        content = file.read_bytes()
        total += len(content)
        if total > LARGEST_PACKAGE:
            problems.append(Problem("E005", path, {"max": LARGEST_PACKAGE}))
            break
        contents[path] = content
    nodes, found = read_files(contents)
    return nodes, (*problems, *found)


def _files(folder: Traversable) -> Iterator[tuple[str, Traversable]]:
    """Files of the folder and its first level of folders, in a stable order. Hidden ones are not looked at."""
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.startswith((".", "__")):
            continue
        if entry.is_file():
            yield entry.name, entry
        else:
            for file in sorted(entry.iterdir(), key=lambda e: e.name):
                if not file.name.startswith((".", "__")) and file.is_file():
                    yield f"{entry.name}/{file.name}", file


def read_files(contents: Mapping[str, bytes]) -> tuple[Nodes, tuple[Problem, ...]]:
    """The nodes in files given by path, and every problem with reading them."""
    nodes: dict[NodeName, Mapping[str, Any]] = {}
    problems: list[Problem] = []
    for path, content in contents.items():
        name = name_of(path)
        if name is not None:
            body, found = decode(content, path)
            problems.extend(found)
            if isinstance(body, dict):
                nodes[name] = body
            elif not found:
                problems.append(wrong_type(path, "object"))
        elif not _is_template(path) and path not in OTHER:
            problems.append(Problem("E006", path, _nearest_folder(path)))
    _lay_templates(contents, nodes, problems)
    order = {kind: i for i, kind in enumerate(KINDS)}
    return dict(sorted(nodes.items(), key=lambda item: (order[item[0][0]], item[0][1]))), tuple(problems)


def _is_template(path: str) -> bool:
    return path.startswith(TEMPLATE) and path.endswith(".html") and path.count("/") == 1


def _nearest_folder(path: str) -> dict[str, Any]:
    return near(path.partition("/")[0].removesuffix(".json"), [*BY_FOLDER, *KINDS])


def _lay_templates(
    contents: Mapping[str, bytes], nodes: dict[NodeName, Mapping[str, Any]], problems: list[Problem]
) -> None:
    for path in filter(_is_template, contents):
        name = ("print", path.removeprefix(TEMPLATE).removesuffix(".html"))
        if name not in nodes:
            problems.append(Problem("E006", path, {"nearest": path_of(name), "hint": hint(path_of(name))}))
            continue
        try:
            text = contents[path].decode("utf-8")
        except UnicodeDecodeError:
            problems.append(Problem("E001", path, {"line": 1}))
            continue
        if len(contents[path]) > LARGEST:
            problems.append(Problem("E005", path, {"max": LARGEST}))
            continue
        nodes[name] = {**nodes[name], "template": text.replace("\r\n", "\n")}
