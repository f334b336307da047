"""Overlay: the reader of one decision: a stored snapshot with the pending changes laid over it.

A query runs in SQL without the ids that changed, and the changed records that pass the filter join it, so that rules see what the
decision has come to so far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from builder.changes import Approval, ApprovalTask, Intent
from builder.ledger import journal_reads as journals
from builder.ledger.balance import Balance
from builder.ledger.pooled import POOLED
from builder.metadata.filter import matches, paths_of
from builder.metadata.settings import with_defaults
from builder.record import Record, Ref, Value
from builder.runtime.apps import LoadedApp
from builder.runtime.committed import Committed
from builder.runtime.outside_ids import read_ids
from builder.runtime.pending import Pending
from builder.runtime.watched import Watched
from builder.storage import apps as stored_apps
from builder.storage import flow, machinery
from builder.storage import query as stored
from builder.storage.query import FilterContext

SETTINGS = "settings"
NOTHING: Mapping[int, Record | None] = {}
ValuesOf = Callable[[frozenset[str], Record], Mapping[str, Value]]


class Overlay:
    """Implements ``ports.Reader``. ``values_of`` gives flat values of a record for filters; ``intents`` what this decision posts so far."""

    def __init__(self, conn: Any, ws: int, app: LoadedApp, pending: Pending, filters: FilterContext) -> None:
        self._conn = conn
        self._ws = ws
        self._app = app
        self._pending = pending
        self.filters = filters
        self._kept: dict[str, dict[int, Record | None]] = {}
        self._heads: dict[str, dict[int, Record | None]] = {}
        self._committed = Committed(conn, ws, app.ledgers)
        self.watched = Watched()
        self.values_of: ValuesOf = lambda _paths, record: record.values
        self.intents: Callable[[], Sequence[Intent]] = tuple
        self.read_id: Callable[[str], int | None] = lambda _text: None

    def move_to(self, conn: Any) -> None:
        """Read on by another connection: what is decided under locks is completed within their transaction."""
        self._conn = conn
        self._committed.move_to(conn)

    def get(self, entity: str, ids: Iterable[int]) -> Mapping[int, Record]:
        kept = self._kept.get(entity)
        if kept is None:
            kept = self._kept[entity] = {}
        if isinstance(ids, list) and len(ids) == 1:
            # Most questions are about one record that was asked for before.
            changed, id = self._pending.changed(entity), ids[0]
            known = changed if id in changed else kept
            if id in known:
                record = known[id]
                return {} if record is None else {id: record}
        return self._read(entity, ids, kept)

    def heads(self, entity: str, ids: Iterable[int]) -> Mapping[int, Record]:
        whole = self._kept.get(entity, {})
        return self._read(entity, ids, self._heads.setdefault(entity, {}), whole, lines=False)

    def _read(
        self,
        entity: str,
        ids: Iterable[int],
        kept: dict[int, Record | None],
        other: Mapping[int, Record | None] = NOTHING,
        *,
        lines: bool = True,
    ) -> Mapping[int, Record]:
        """The records as decided so far, else as they were read before (``other``: in another way), else as they are read now."""
        changed = self._pending.changed(entity)
        wanted = list(dict.fromkeys(ids))
        missing = [id for id in wanted if id not in changed and id not in kept and id not in other]
        if missing:
            of = self._app
            found = stored.fetch(self._conn, of.maps, of.package, self._ws, entity, missing, lines=lines)
            kept.update({id: found.get(id) for id in missing})
        records: dict[int, Record] = {}
        for id in wanted:
            record = changed[id] if id in changed else kept[id] if id in kept else other[id]
            if record is not None:
                records[id] = record
        return records

    def find(
        self,
        entity: str,
        where: Mapping[str, Any] | None = None,
        *,
        sort: Sequence[tuple[str, bool]] = (),
        limit: int = 1000,
    ) -> tuple[Record, ...]:
        changed = self._pending.changed(entity)
        found = stored.find(
            self._conn,
            self._app.maps,
            self._app.package,
            self._ws,
            entity,
            where,
            self.filters,
            sort=tuple(sort),
            limit=limit,
            exclude=tuple(changed),
        )
        return (*found, *self._pending_matches(entity, where))[:limit]

    def _pending_matches(self, entity: str, where: Mapping[str, Any] | None) -> list[Record]:
        resolved = self.filters.resolve(where) if where else None
        records = [
            r for r in self._pending.changed(entity).values() if r is not None and r.archived_at is None
        ]
        if resolved is None:
            return records
        paths = paths_of(resolved)
        return [r for r in records if matches(resolved, self.values_of(paths, r))]

    def aggregate(
        self, entity: str, op: str, field: str, where: Mapping[str, Any] | None = None
    ) -> Decimal | None:
        found = self._stored_aggregate(entity, op, field, where) if self.watched.is_on else None
        self.watched.note_sum(entity, lambda: self._stored_aggregate(entity, op, field, where), found)
        changed = self._pending.changed(entity)
        if not changed:
            return self._stored_aggregate(entity, op, field, where)
        records = self.find(entity, where, limit=100_000)
        if op == "count":
            return Decimal(len(records))
        numbers = [v for r in records if isinstance(v := r.values.get(field), Decimal)]
        return _aggregated(op, numbers)

    def aggregate_each(
        self,
        entity: str,
        op: str,
        field: str,
        reference: str,
        ids: Sequence[int],
        where: Mapping[str, Any] | None = None,
    ) -> Mapping[int, Decimal | None] | None:
        # What is watched is noted question by question, and what is changing is laid over each.
        if self.watched.is_on or self._pending.changed(entity):
            return None
        of = self._app
        return stored.aggregate_each(
            self._conn, of.maps, of.package, self._ws, entity, op, field, reference, ids, where, self.filters
        )

    def balance(self, ledger: str, measure: str, keys: Sequence[Value]) -> Decimal:
        stored_now = self._committed.balance(ledger, measure, keys)
        if self.watched.is_on:
            self.watched.balances[(ledger, measure, tuple(keys))] = stored_now
        return stored_now + self._intended(ledger, measure, keys)

    def look_ahead(
        self, ledger: str, places: Sequence[Sequence[Value]], days: tuple[date, date] | None = None
    ) -> None:
        self._committed.look_ahead(ledger, places, days)

    def turnover(self, ledger: str, measure: str, keys: Sequence[Value], days: tuple[date, date]) -> Decimal:
        return self._committed.turnover(ledger, measure.removeprefix(POOLED), keys, days)

    def _stored_aggregate(
        self, entity: str, op: str, field: str, where: Mapping[str, Any] | None
    ) -> Decimal | None:
        of = self._app
        return stored.aggregate(
            self._conn, of.maps, of.package, self._ws, entity, op, field, where, self.filters
        )

    def has_moved(self, conn: Any, written: frozenset[str]) -> bool:
        """Whether what rules and checks asked is answered otherwise now, by a connection that holds the locks."""
        self.move_to(conn)
        return self.watched.has_moved(written, self._committed.balance_now)

    def standing(self, ledger: str, group: Sequence[str], dimension: str, id: int) -> tuple[Balance, ...]:
        """The committed balances of one dimension's record that are not zero, by ``group``."""
        return self._committed.standing(ledger, group, dimension, id)

    def _intended(self, ledger: str, measure: str, keys: Sequence[Value]) -> Decimal:
        model = self._app.ledgers[ledger]
        names = [d.key for d in model.ledger.dimensions]
        total = Decimal(0)
        for intent in self.intents():
            if intent.ledger != ledger or measure not in intent.measures:
                continue
            if all(
                key is None or intent.dimensions.get(name) == key
                for name, key in zip(names, keys, strict=False)
            ):
                total += intent.measures[measure]
        return total

    @cached_property
    def settings(self) -> Mapping[str, Value]:
        """All settings of the app, declared defaults included."""
        found: Mapping[str, Value] | None = self._app.kept.get(SETTINGS)
        if found is None:
            raw = stored_apps.settings(self._conn, self._ws, self._app.row.app_id)
            found = self._app.kept[SETTINGS] = self._with_ids(with_defaults(self._app.package, raw))
        return found

    def _with_ids(self, values: Mapping[str, Value]) -> Mapping[str, Value]:
        """Filters that owners keep name records by outside ids; what is judged by them has ours."""
        filters = [s for s in self._app.package.app.settings if s.type == "filter" and s.entity]
        read, package = self.read_id, self._app.package
        changed = {
            s.key: read_ids(package, read, s.entity or "", where)
            for s in filters
            if isinstance(where := values.get(s.key), Mapping) and where
        }
        return {**values, **changed}

    def setting(self, key: str) -> Value:
        return self.settings.get(key)

    def raw_setting(self, key: str) -> Any:
        return stored_apps.settings(self._conn, self._ws, self._app.row.app_id).get(key)

    def running_approvals(self, ref: Ref) -> list[tuple[Approval, tuple[ApprovalTask, ...]]]:
        """Running approvals of a record as decided so far, each with all its tasks."""
        made = self._pending.records.get(ref)
        # What this decision makes has no approvals but the pending ones.
        is_new = made is not None and made.before is None
        stored = () if is_new else flow.running(self._conn, self._ws, self._app.maps, ref)
        found = {approval.id: (approval, tasks) for approval, tasks in stored}
        for approval in self._pending.approvals.values():
            if Ref(approval.entity, approval.record_id) == ref:
                tasks = found[approval.id][1] if approval.id in found else ()
                found[approval.id] = (approval, tasks)
        laid = [(approval, self._laid(approval, tasks)) for approval, tasks in found.values()]
        return [(a, t) for a, t in laid if a.state == "running"]

    def _laid(self, approval: Approval, tasks: Sequence[ApprovalTask]) -> tuple[ApprovalTask, ...]:
        pending = {t.id: t for t in self._pending.tasks.values() if t.approval_id == approval.id}
        known = {t.id: t for t in tasks}
        return tuple({**known, **pending}.values())

    def returned_approval(self, ref: Ref, transition_uid: str) -> Approval | None:
        """The last approval of the record by that transition, if it was returned; a new record has none."""
        made = self._pending.records.get(ref)
        if made is not None and made.before is None:
            return None
        return flow.last_returned(self._conn, self._ws, self._app.maps, ref, transition_uid)

    def approval(self, id: int) -> tuple[Approval, tuple[ApprovalTask, ...]] | None:
        """An approval as decided so far, with all its tasks."""
        found = flow.approval_by_id(self._conn, self._ws, self._app.maps, id)
        pending = self._pending.approvals.get(id)
        if found is None and pending is None:
            return None
        one = pending or (found[0] if found else None)
        assert one is not None
        return one, self._laid(one, found[1] if found else ())

    def task(self, id: int) -> tuple[Approval, tuple[ApprovalTask, ...]] | None:
        """The approval of a task with all its tasks."""
        return flow.approval_of_task(self._conn, self._ws, self._app.maps, id)

    def has_posted(self, ref: Ref) -> bool:
        """Whether fixed postings of the record stand unreversed."""
        record = self.get(ref.entity, [ref.id]).get(ref.id)
        return record is not None and bool(self.reversals(ref, record.posting_rev))

    def reversals(self, ref: Ref, posting_rev: int) -> tuple[Intent, ...]:
        """Intents that undo the record's fixed postings."""
        return journals.reversals(
            self._conn, self._app.ledgers, self._app.maps, self._ws, ref, posting_rev, self._app.package
        )

    def has_fired(self, rule_uid: str, record_id: int, fire_key: str) -> bool:
        return machinery.has_fired(self._conn, self._ws, rule_uid, record_id, fire_key)


def _aggregated(op: str, numbers: list[Decimal]) -> Decimal | None:
    if not numbers:
        return None
    if op == "sum":
        return sum(numbers, Decimal(0))
    if op == "avg":
        return sum(numbers, Decimal(0)) / len(numbers)
    return min(numbers) if op == "min" else max(numbers)
