"""Reach: following dotted paths from records to values, level by level, with one read per entity and hop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from builder.metadata.entity import Field
from builder.record import SYSTEM, Record, Value
from builder.rules.live_figures import LiveBalance, LiveRollup, Surroundings, live_figure
from builder.rules.straight import ACTOR
from builder.rules.trees import Tree, ends_of, put_none, tree_of

MANY = 50
"""Records beyond which it is worth reading what they lead to without its lines."""


def values_for_many(
    paths: Iterable[str],
    records: Sequence[Record],
    context: Surroundings,
    *,
    parents: Sequence[Record | None] | None = None,
    olds: Sequence[Record | None] | None = None,
) -> list[dict[str, Value]]:
    """For each record (all of one entity) the value of every path: own fields and system names, ``customer.level`` through references,
    ``lines.price`` as a tuple over the lines, ``parent.x`` over the header, ``old.x`` over the record before, ``setting.x``, ``actor.id``.
    What cannot be reached is None. References are read with one ``get`` per entity and hop, however many the records and paths."""
    if not records:
        return []
    tree = dict(tree_of(frozenset(paths)))
    sinks: list[dict[str, Value]] = [{} for _ in records]
    for head, root in (("setting", context.reader.setting), ("actor", _actor(context))):
        below = tree.pop(head, None) or {}
        shared = {f"{head}.{key}": root(key) for key in below if key}
        for sink in sinks:
            sink.update(shared)
    _bring_lines(context, tree, records)
    walk = _Walk(context, are_many=len(records) > MANY)
    for record, parent in zip(records, parents or (), strict=False):
        walk.knows(record, parent)
    if "parent" in tree:
        walk.bring_parents(records, tree)
    _elsewhere(context, walk, tree, records, sinks, olds)
    for record, sink in zip(records, sinks, strict=True):
        walk.add(tree, record, sink, "")
    walk.run()
    return sinks


def _bring_lines(context: Surroundings, tree: Tree, records: Sequence[Record]) -> None:
    """The records of a list come without lines. Where a wanted figure looks at them, those of all are read at once."""
    if len(records) < 2 or all(record.lines for record in records):
        return
    of = context.fields(records[0].entity)
    if any(_looks_at_lines(context, of, key) for key in tree):
        context.reader.get(records[0].entity, [record.id for record in records if record.id])


def _looks_at_lines(context: Surroundings, fields: Mapping[str, Field], key: str) -> bool:
    of = fields.get(key)
    if of is None or of.type == "lines" or not of.formula:
        return of is not None and of.type == "lines"
    expression = None if of.stored else context.compiled.expression(of.uid, "formula")
    heads = {path.partition(".")[0] for path in expression.paths} if expression else ()
    return any(head in fields and fields[head].type == "lines" for head in heads)


def _is_live(of: Field | None) -> bool:
    """Whether the field is lines, or a figure that may look at them."""
    return of is not None and (of.type == "lines" or (of.is_computed and not of.stored))


def _elsewhere(
    context: Surroundings,
    walk: _Walk,
    tree: Tree,
    records: Sequence[Record],
    sinks: Sequence[dict[str, Value]],
    olds: Sequence[Record | None] | None,
) -> None:
    """Take ``parent`` and ``old`` out of the tree and follow them from the header and from the record before."""
    has_own_parent = "parent" in context.fields(records[0].entity)
    above = None if has_own_parent else tree.pop("parent", None)
    earlier = tree.pop("old", None)
    for i, (record, sink) in enumerate(zip(records, sinks, strict=True)):
        if above is not None:
            walk.add(above, walk.parent_of(record), sink, "parent.")
            if "" in above:
                sink["parent"] = record.parent_id or None
        if earlier is not None:
            walk.add(earlier, olds[i] if olds else None, sink, "old.")


def _actor(context: Surroundings) -> Callable[[str], Value]:
    return lambda key: ACTOR[key](context) if key in ACTOR else None


class _Wanted(NamedTuple):
    """A reference still to be followed: ids in the record's value, what to read there, where to put it."""

    entity: str
    value: Value
    tree: Tree
    sink: dict[str, Value]
    prefix: str


class _Walk:
    """Follows many paths over many records, level by level: what one hop needs of one entity is read at once."""

    def __init__(self, context: Surroundings, *, are_many: bool) -> None:
        self._context = context
        self._are_many = are_many
        self._wanted: list[_Wanted] = []
        self._gather: list[Callable[[], None]] = []
        self._balances: list[LiveBalance] = []
        self._rollups: list[LiveRollup] = []
        self._parents: dict[int, Record] = {}

    def knows(self, line: Record, parent: Record | None) -> None:
        """``parent`` is the header at hand; the reader may not have it yet."""
        if parent is not None:
            self._parents[line.id] = parent

    def _read(self, entity: str, ids: Iterable[int], keys: Iterable[str]) -> Mapping[int, Record]:
        """Records of which these keys are wanted. The lines of many are read only where something may look at them."""
        reader, fields = self._context.reader, self._context.fields(entity)
        if self._are_many and not any(_is_live(fields.get(key)) for key in keys):
            return reader.heads(entity, ids)
        return reader.get(entity, ids)

    def bring_parents(self, lines: Sequence[Record], tree: Tree) -> None:
        """Read the headers that are not at hand together; one by one they would each be a question."""
        above = self._context.entity(lines[0].entity).parent
        ids = dict.fromkeys(r.parent_id for r in lines if r.parent_id and r.id not in self._parents)
        if above is not None and len(ids) > 1:
            of = self._context.fields(lines[0].entity)
            # A figure of the line may look at its header's.
            keys = (
                self._context.fields(above) if any(_is_live(of.get(key)) for key in tree) else tree["parent"]
            )
            found = self._read(above, list(ids), keys)
            for line in lines:
                if line.id and line.id not in self._parents and line.parent_id in found:
                    self._parents[line.id] = found[line.parent_id]

    def parent_of(self, line: Record) -> Record | None:
        known = self._parents.get(line.id)
        if known is not None:
            return known
        entity = self._context.entity(line.entity)
        if entity.parent is None or not line.parent_id:
            return None
        return self._context.reader.get(entity.parent, [line.parent_id]).get(line.parent_id)

    def add(self, tree: Tree, record: Record | None, sink: dict[str, Value], prefix: str) -> None:
        """Put the values of ``tree`` over ``record`` into ``sink``; references are noted for the next hop."""
        if record is None:
            put_none(tree, sink, prefix)
            return
        values, lines = record.values, record.lines
        for key, below in tree.items():
            if key == "":
                continue
            # Most of what is asked are a record's own values, row by row: they are taken without another question.
            if key in values and len(below) == 1 and "" in below and key not in lines:
                sink[prefix + key] = values[key]
                continue
            if self._is_lines(key, record):
                self._add_lines(key, below, record, sink, prefix)
                continue
            self._add_one(key, below, record, sink, prefix)

    def _is_lines(self, key: str, record: Record) -> bool:
        of = self._context.fields(record.entity).get(key)
        return key in record.lines or (of is not None and of.type == "lines")

    def _add_one(self, key: str, below: Tree, record: Record, sink: dict[str, Value], prefix: str) -> None:
        above = self._above(key, record)
        value = record.parent_id if above else self._own(key, record, sink, prefix, "" in below)
        if "" in below:
            sink[prefix + key] = value
        if len(below) == ("" in below):
            return
        target = above or self._context.target(record.entity, key)
        if target is None or value is None:
            put_none(below, sink, f"{prefix}{key}.")
        else:
            self._wanted.append(_Wanted(target, value, below, sink, f"{prefix}{key}."))

    def _above(self, key: str, record: Record) -> str | None:
        """The header's entity, where ``parent`` of a line that a reference led to is meant."""
        if key != "parent" or not record.parent_id or "parent" in self._context.fields(record.entity):
            return None
        return self._context.entity(record.entity).parent

    def _own(self, key: str, record: Record, sink: dict[str, Value], prefix: str, is_end: bool) -> Value:
        if key in record.values:
            return record.values[key]
        of = self._context.fields(record.entity).get(key)
        if of is None:
            system = SYSTEM.get(key)
            return system(record) if system else None
        if is_end and of.is_computed:
            self._computed(of, record, sink, prefix + key)
        return None

    def _computed(self, of: Field, record: Record, sink: dict[str, Value], name: str) -> None:
        """A live figure that is not stored: worked out when everything under it is known."""
        if of.lookup:
            inner: dict[str, Value] = {}
            self._gather.append(lambda: sink.update({name: inner.get(of.lookup or "")}))
            self._look_up(of.lookup, record, inner)
            return
        live = live_figure(self._context, of, record, self._parents.get(record.id))
        if isinstance(live, LiveBalance):
            self._balances.append(live)
        elif isinstance(live, LiveRollup):
            self._rollups.append(live)
        self._gather.append(lambda: sink.update({name: live()}))

    def _look_up(self, path: str, record: Record, sink: dict[str, Value]) -> None:
        head, _, rest = path.partition(".")
        if head == "parent":
            self.add(tree_of(frozenset((rest,))), self.parent_of(record), sink, "parent.")
        else:
            self.add(tree_of(frozenset((path,))), record, sink, "")

    def _add_lines(self, key: str, below: Tree, record: Record, sink: dict[str, Value], prefix: str) -> None:
        lines = self._lines(key, record)
        for line in lines:
            self.knows(line, record)
        self._add_list(below, lines, sink, f"{prefix}{key}.")

    def _lines(self, key: str, record: Record) -> tuple[Record, ...]:
        if key in record.lines or not record.id:
            return record.lines.get(key, ())
        whole = self._context.reader.get(record.entity, [record.id]).get(record.id)
        return whole.lines.get(key, ()) if whole is not None else ()

    def _add_list(
        self, tree: Tree, records: Sequence[Record | None], sink: dict[str, Value], prefix: str
    ) -> None:
        """Every end of ``tree`` as a tuple over ``records``. Lists are put together from the inside out."""
        inner: list[dict[str, Value]] = [{} for _ in records]
        ends = ends_of(tree)
        self._gather.append(lambda: sink.update({prefix + e: tuple(v.get(e) for v in inner) for e in ends}))
        for record, values in zip(records, inner, strict=True):
            self.add(tree, record, values, "")

    def run(self) -> None:
        """Follow what is noted until nothing is, then put lists and live figures together."""
        while self._wanted:
            now, self._wanted = self._wanted, []
            ids: dict[str, dict[int, None]] = {}
            keys: dict[str, set[str]] = {}
            for want in now:
                ids.setdefault(want.entity, {}).update(dict.fromkeys(ids_in(want.value)))
                keys.setdefault(want.entity, set()).update(want.tree)
            found = {entity: self._read(entity, list(of), keys[entity]) for entity, of in ids.items()}
            for want in now:
                self._arrive(want, found[want.entity])
        LiveBalance.read_together(self._context.reader, self._balances)
        LiveRollup.read_together(self._context.reader, self._rollups)
        for gather in reversed(self._gather):
            gather()

    def _arrive(self, want: _Wanted, found: Mapping[int, Record]) -> None:
        if not isinstance(want.value, tuple):
            record = found.get(want.value) if isinstance(want.value, int) else None
            self.add(want.tree, record, want.sink, want.prefix)
            return
        self._add_list(want.tree, [found.get(i) for i in ids_in(want.value)], want.sink, want.prefix)


def ids_in(value: Value) -> list[int]:
    """The record ids in a reference's value."""
    if value is None:
        return []
    if value.__class__ is int:
        return [value]
    many = value if isinstance(value, tuple) else (value,)
    return [v for v in many if isinstance(v, int) and not isinstance(v, bool)]
