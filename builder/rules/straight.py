"""Straight ways: paths over plain fields, single references, the header and what stood before, followed by a plan that is made once.

Most of what rules, formulas and checks name leads no further. Lists and figures that are worked out need the walk of ``reach``, and so
does whatever a plan finds otherwise than it was promised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from builder.record import SYSTEM, Read, Record, Value
from builder.rules.kept import Kept
from builder.rules.live_figures import Surroundings

ACTOR: Mapping[str, Callable[[Surroundings], Value]] = {
    "id": lambda context: context.actor.user_id,
    "org_unit": lambda context: context.actor.org_unit_id or None,
    "name": lambda context: context.actor.name,
    "is_owner": lambda context: (
        context.directory is not None and context.actor.user_id in context.directory.app_owners()
    ),
}
HEADER, BEFORE, SETTING, ACTING = "parent", "old", "setting", "actor"


@dataclass(frozen=True, slots=True)
class Own:
    """A value of the record itself: its path, its field, what to ask where it is no field, and whether it may have to be worked out."""

    path: str
    key: str
    system: Read | None
    is_computed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What is read of one record, and of those behind its references."""

    plain: tuple[tuple[str, str], ...]
    """Paths, each with the key of the field that is all there is to it."""
    own: tuple[Own, ...]
    behind: tuple[Behind, ...]
    nothing: tuple[str, ...]
    """Paths that lead nowhere."""

    @property
    def paths(self) -> tuple[str, ...]:
        further = (path for behind in self.behind for path in behind.paths)
        plain = (path for path, _ in self.plain)
        return (*plain, *(one.path for one in self.own), *further, *self.nothing)


@dataclass(frozen=True, slots=True)
class Behind:
    """What is read of the record that a reference names."""

    key: str
    entity: str
    step: Step
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """What is read of a record, of its header and of what it was before, with what does not depend on any record."""

    record: Step
    header: Step | None
    before: Step | None
    settings: tuple[tuple[str, str], ...]
    acting: tuple[tuple[str, str], ...]
    header_is_wanted: bool

    @property
    def reads(self) -> bool:
        """Whether records behind references are asked for."""
        return any(step is not None and step.behind for step in (self.record, self.header, self.before))


MOST_WAYS = 10_000
"""Definitions name a few thousand sets of paths; programs that ask with filters of their own may name any number."""
_WAYS = Kept[tuple[str, frozenset[str]], Way | None]()


def own_values(paths: Iterable[str], record: Record) -> dict[str, Value] | None:
    """The value of every path where all are plain fields that ``record`` has at hand; None where one of them leads elsewhere. Most
    expressions of a posting name one field, and need no walk to find it."""
    values = record.values
    found: dict[str, Value] = {}
    for path in paths:
        if path not in values or "." in path or path in record.lines:
            return None
        found[path] = values[path]
    return found


def straight(
    context: Surroundings,
    paths: Iterable[str],
    record: Record,
    parent: Record | None = None,
    old: Record | None = None,
) -> dict[str, Value] | None:
    """The value of every path over ``record``; None where one of them needs a walk."""
    way = _way(context, record.entity, frozenset(paths))
    return None if way is None else _along(context, way, record, parent, old)


def _along(
    context: Surroundings, way: Way, record: Record, parent: Record | None, old: Record | None
) -> dict[str, Value] | None:
    found: dict[str, Value] = {}
    for path, key in way.settings:
        found[path] = context.reader.setting(key)
    for path, key in way.acting:
        found[path] = ACTOR[key](context) if key in ACTOR else None
    if way.before is not None and not _follow(context, way.before, old, found):
        return None
    if way.header is not None and not _follow(context, way.header, _header(context, record, parent), found):
        return None
    if way.header_is_wanted:
        found[HEADER] = record.parent_id or None
    return found if _follow(context, way.record, record, found) else None


def straight_many(
    context: Surroundings,
    paths: Iterable[str],
    records: Sequence[Record],
    parents: Sequence[Record | None],
    olds: Sequence[Record | None],
) -> list[dict[str, Value]] | None:
    """``straight`` over records of one entity, where nothing need be read for it; None where a walk is needed, which reads together what lies
    behind their references."""
    way = _way(context, records[0].entity, frozenset(paths))
    if way is None or way.reads or (way.header is not None and None in parents):
        return None
    rows: list[dict[str, Value]] = []
    for record, parent, old in zip(records, parents, olds, strict=True):
        found = _along(context, way, record, parent, old)
        if found is None:
            return None
        rows.append(found)
    return rows


def _header(context: Surroundings, line: Record, parent: Record | None) -> Record | None:
    entity = context.entity(line.entity)
    if parent is not None or entity.parent is None or not line.parent_id:
        return parent
    return context.reader.get(entity.parent, [line.parent_id]).get(line.parent_id)


def _follow(context: Surroundings, step: Step, record: Record | None, found: dict[str, Value]) -> bool:
    """Put what the step reads into ``found``; whether all of it was at hand."""
    if record is None:
        found.update(dict.fromkeys(step.paths))
        return True
    values = record.values
    for path, key in step.plain:
        found[path] = values.get(key)
    for one in step.own:
        if one.key in values:
            found[one.path] = values[one.key]
        elif one.is_computed:
            return False
        else:
            found[one.path] = one.system(record) if one.system is not None else None
    for behind in step.behind:
        id = values.get(behind.key)
        other = context.reader.get(behind.entity, [id]).get(id) if isinstance(id, int) else None
        if other is None:
            found.update(dict.fromkeys(behind.paths))
        elif not _follow(context, behind.step, other, found):
            return False
    for path in step.nothing:
        found[path] = None
    return True


def _way(context: Surroundings, entity: str, paths: frozenset[str]) -> Way | None:
    ways = _WAYS.of(context.compiled)
    at = (entity, paths)
    try:
        return ways[at]
    except KeyError:
        if len(ways) >= MOST_WAYS:
            ways.clear()
        made = ways[at] = _planned(context, entity, paths)
        return made


def _planned(context: Surroundings, entity: str, paths: frozenset[str]) -> Way | None:
    if context.package.entity(entity) is None:
        return None
    heads: dict[str, list[str]] = {SETTING: [], ACTING: [], HEADER: [], BEFORE: [], "": []}
    has_own_parent = HEADER in context.fields(entity)
    for path in paths:
        head, dot, rest = path.partition(".")
        is_around = head in heads and not (head == HEADER and has_own_parent)
        if is_around and (dot or head != HEADER):
            if not dot or (head in {SETTING, ACTING} and "." in rest):
                return None
            heads[head].append(rest)
        elif not is_around:
            heads[""].append(path)
    above = context.entity(entity).parent
    steps = {
        "": _step(context, entity, heads[""], ""),
        HEADER: _step(context, above or entity, heads[HEADER], f"{HEADER}."),
        BEFORE: _step(context, entity, heads[BEFORE], f"{BEFORE}."),
    }
    record = steps[""]
    if record is None or None in steps.values():
        return None
    return Way(
        record,
        steps[HEADER] if heads[HEADER] else None,
        steps[BEFORE] if heads[BEFORE] else None,
        tuple((f"{SETTING}.{key}", key) for key in heads[SETTING]),
        tuple((f"{ACTING}.{key}", key) for key in heads[ACTING]),
        HEADER in paths and not has_own_parent,
    )


def _step(context: Surroundings, entity: str, paths: Iterable[str], prefix: str) -> Step | None:
    """None where the paths lead to lists, or twice to one entity, which is asked once for all by a walk."""
    fields = context.fields(entity)
    plain: list[tuple[str, str]] = []
    own: list[Own] = []
    further: dict[str, list[str]] = {}
    for path in paths:
        key, dot, rest = path.partition(".")
        of = fields.get(key)
        if (of is None and key == HEADER) or (of is not None and of.type in {"lines", "multi_reference"}):
            return None
        if dot:
            further.setdefault(key, []).append(rest)
        elif of is not None and not of.is_computed:
            plain.append((prefix + key, key))
        else:
            system = SYSTEM.get(key) if of is None else None
            own.append(Own(prefix + key, key, system, of is not None))
    targets = {key: context.target(entity, key) for key in further}
    there = [target for target in targets.values() if target is not None]
    nothing = tuple(
        f"{prefix}{key}.{rest}" for key, rests in further.items() for rest in rests if not targets[key]
    )
    behind = [
        _behind(context, key, target, further[key], f"{prefix}{key}.")
        for key, target in targets.items()
        if target
    ]
    if len(set(there)) < len(there) or None in behind:
        return None
    return Step(tuple(plain), tuple(own), tuple(one for one in behind if one is not None), nothing)


def _behind(context: Surroundings, key: str, entity: str, paths: list[str], prefix: str) -> Behind | None:
    step = _step(context, entity, paths, prefix)
    return Behind(key, entity, step, step.paths) if step is not None else None
