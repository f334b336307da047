"""The page of one record: its facts and lines, what may be done now, its approval, what is around it and what it posted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from builder.changes import ApprovalTask
from builder.errors import BuilderError
from builder.metadata.entity import Conversion, Entity
from builder.metadata.field_types.files import PICTURES
from builder.metadata.workflow import Transition
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.handlers.conversions import brought_by
from builder.runtime.handlers.records import may_edit
from builder.runtime.handlers.tasks import judge_of
from builder.runtime.hanging import comments_of, files_of, history_of, links_of
from builder.runtime.merging import LINK as MERGED
from builder.runtime.overlapping import moving
from builder.runtime.pages import addresses
from builder.runtime.pages.approvals import choices
from builder.runtime.pages.cells import Cell, Cells
from builder.runtime.pages.fields import Fields
from builder.runtime.pages.formulas import Formulas
from builder.runtime.pages.given import ABOVE
from builder.runtime.pages.making import check_open, wanting
from builder.runtime.pages.making_lines import Gap, gaps
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words
from builder.workflow.transitions import Offer, leads_to_approval, offers

ASKED = (
    *("key", "type", "label", "options", "lookupUrl", "scale", "required"),
    *("uploadUrl", "entity", "accept", "maxSize", "maxCount", "person"),
)
"""What a small dialog must know of a field that it asks for."""


@dataclass(frozen=True)
class Move:
    """A button. ``ask``: an opinion is asked for; ``why`` says what keeps it from being pressed now; ``needs`` are fields that must be
    answered first."""

    key: str
    label: str
    url: str
    style: str = "normal"
    icon: str = ""
    confirm: str = ""
    ask: bool = False
    why: str = ""
    needs: tuple[Mapping[str, Any], ...] = ()
    path: str = ""
    """Where to ask whom an approval would ask; empty where none may begin."""


@dataclass(frozen=True)
class RecordPage:
    """Makes what ``record.html`` draws of one record for one actor."""

    ctx: Context
    words: Words
    entity: Entity
    record: Record
    titles: Titles

    @property
    def app(self) -> str:
        return self.ctx.app.key

    @property
    def id(self) -> str:
        return self.ctx.engine.database.show(self.record.id)

    @property
    def cells(self) -> Cells:
        return Cells(self.ctx, self.words, self.titles)

    @property
    def people_url(self) -> str:
        """Where people are looked up."""
        return addresses.lookup(self.app, self.entity.key, "owner")

    def moves(self) -> list[Move]:
        """Transitions that the actor may fire from here."""
        workflow = self.ctx.app.package.workflow_of(self.entity.key)
        if workflow is None or self.record.archived_at is not None:
            return []
        running = [a for a, _ in self.ctx.reader.running_approvals(self.ctx.ref(self.record))]
        rights = moving(self.ctx, self.record).kernel
        found = offers(
            workflow,
            self.record,
            judge_of(self.ctx, self.record),
            lambda key: rights.may_fire(self.entity.key, key, self.record),
            running=running,
        )
        return [self._move(offer) for offer in found if not _is_other_way(offer, found)]

    def _move(self, offer: Any) -> Move:
        t = offer.transition
        missing = [p.path.strip("/") for p in offer.problems if p.code == "REQUIRED"]
        asked = bool(missing) and len(missing) == len(offer.problems)
        needs = self._drawn(self.entity, missing, self._signatures(t)) if asked else ()
        why = (
            "" if needs else " ".join(self.words.message(p.code, p.params, p.message) for p in offer.problems)
        )
        if t.default and not why:
            needs = (*needs, *choices(self.ctx, self.words, self.record, self.people_url))
        url = addresses.api_transition(self.app, self.entity.key, self.id, t.key)
        icon = {"primary": "check", "danger": "x"}.get(t.style, "arrow-right")
        confirm = self.words.of(t.confirm)
        workflow = self.ctx.app.package.workflow_of(self.entity.key)
        path = (
            addresses.path_of(self.app, self.entity.key, self.id, t.key)
            if leads_to_approval(workflow, t)
            else ""
        )
        return Move(t.key, self.words.of(t.label), url, t.style, icon, confirm, t.opinion, why, needs, path)

    def conversions(self) -> list[Move]:
        """Next documents that can be made of it now."""
        made: list[Move] = []
        rights = moving(self.ctx, self.record).kernel
        for c in self.entity.conversions:
            if "button" not in c.by or not rights.may_convert(self.entity.key, c.key):
                continue
            if self._is_offered(c):
                url = addresses.api_conversion(self.app, self.entity.key, self.id, c.key)
                made.append(
                    Move(c.key, self.words.of(c.label), url, icon="file-export", needs=self._needs(c))
                )
        return made

    def _needs(self, conversion: Conversion) -> tuple[Mapping[str, Any], ...]:
        """Fields of the next document and of its lines that nothing fills. What it takes over limits what is chosen there."""
        target = self.ctx.app.package.entity(conversion.to)
        if target is None:
            return ()
        brought = brought_by(self.ctx, conversion, target, self.record)
        known = self._known(target, brought)
        needs = [*self._limited(self._drawn(target, wanting(self.ctx, target, brought)), known)]
        above = {f"{ABOVE}{key}": value for key, value in known.items()}
        for gap in gaps(self.ctx, conversion, target, self.record, brought):
            drawn = self._drawn(gap.entity, [f.key for f in gap.fields])
            own = self._known(gap.entity, gap.line.values) | above
            needs += [self._of_line(gap, one) for one in self._limited(drawn, own)]
        return tuple(needs)

    def _known(self, entity: Entity, values: Mapping[str, Any]) -> dict[str, str]:
        """What a lookup is told of the references that are there already."""
        return {
            f.key: self.ctx.engine.database.show(value)
            for f in entity.fields
            if f.type == "reference" and (value := values.get(f.key)) is not None
        }

    def _limited(
        self, needs: Iterable[Mapping[str, Any]], known: Mapping[str, str]
    ) -> Iterator[Mapping[str, Any]]:
        for one in needs:
            yield {**one, "lookupUrl": addresses.filled(one["lookupUrl"], known)}

    def _of_line(self, gap: Gap, need: Mapping[str, Any]) -> Mapping[str, Any]:
        """The question about one line, which says which line it is of."""
        if gap.source is self.record:
            label = need["label"]
        else:
            self.titles.prepare(gap.entity, [gap.line])
            name = self.titles.line(gap.entity, gap.line)
            number = gap.source.line_no or gap.at + 1
            label = self.words.say("page.need_of_line", n=number, name=name, field=need["label"])
        line = self.ctx.engine.database.show(gap.source.id)
        return {**need, "label": label, "key": f"lines.{gap.to}.{line}.{need['key']}"}

    def _signatures(self, t: Transition) -> list[str]:
        """What ends a record may be signed where it is asked for the rest; so may be told what the move sets to what it is."""
        workflow = self.ctx.app.package.workflow_of(self.entity.key)
        state = workflow.state(t.to) if workflow else None
        ends = state is not None and state.final
        return [
            f.key
            for f in self.ctx.kernel.readable_fields(self.entity)
            if ((f.type == "signature" and ends) or t.sets.get(f.key) == f.key)
            and not self.record.values.get(f.key)
            and self.ctx.kernel.is_writable(self.entity.key, f.key)
        ]

    def _drawn(
        self, entity: Entity, must: list[str], may: list[str] | None = None
    ) -> tuple[Mapping[str, Any], ...]:
        """Fields as a small dialog asks for them; those that cannot be asked there make none."""
        fields = Fields(self.ctx, self.words, self.titles, entity, "update", Formulas(self.ctx))
        found = [entity.field(key) for key in dict.fromkeys([*must, *(may or ())])]
        if not all(f is not None and f.type != "lines" for f in found):
            return ()
        return tuple(
            {n: v for n, v in fields.resolve(f).items() if n in ASKED} | {"required": f.key in must}
            for f in found
            if f is not None
        )

    def asked(self, entity: Entity, keys: list[str]) -> tuple[Mapping[str, Any], ...]:
        """Fields as a small dialog asks for them."""
        return self._drawn(entity, keys)

    def _is_offered(self, conversion: Conversion) -> bool:
        """Whether the conversion would be taken now, and has something left to make."""
        try:
            check_open(self.ctx, self.entity, conversion, self.record)
        except BuilderError:
            return False
        return True

    def may_edit(self) -> bool:
        return (
            self.record.archived_at is None
            and self.ctx.kernel.may("update", self.entity.key)
            and may_edit(self.ctx, self.entity, self.record)
        )

    def may_delete(self) -> bool:
        workflow = self.ctx.app.package.workflow_of(self.entity.key)
        fresh = workflow is None or self.record.state == workflow.initial
        may = self.ctx.kernel.may("delete", self.entity.key) and self.ctx.in_scope(self.record, "delete")
        return self.record.archived_at is None and fresh and may

    def my_task(self) -> ApprovalTask | None:
        """The decision on this record that waits for the actor, or for somebody whom the actor stands in for today."""
        day, me = self.ctx.environment.today(), self.ctx.actor.user_id
        for _, tasks in self.ctx.reader.running_approvals(self.ctx.ref(self.record)):
            open_ = [t for t in tasks if t.status == "open"]
            mine = next((t for t in open_ if t.assignee_id == me), None) or next(
                (t for t in open_ if self.ctx.directory.delegate_of(t.assignee_id, day) == me), None
            )
            if mine is not None:
                return mine
        return None

    def prints(self) -> list[Mapping[str, str]]:
        if not self.ctx.kernel.may("print", self.entity.key):
            return []
        found = [p for p in self.ctx.app.package.prints if p.entity == self.entity.key]
        return [
            {
                "label": self.words.of(p.label),
                "url": addresses.print_page(self.app, self.entity.key, self.id, p.key),
            }
            for p in found
        ]

    def links(self) -> list[Mapping[str, Any]]:
        """Documents before and after, with their states. What was merged is told above them."""
        made: list[Mapping[str, Any]] = []
        for link in links_of(self.ctx, self.record):
            if link["kind"] == MERGED:
                continue
            entity = self.ctx.app.package.entity(link["entity"])
            assert entity is not None
            made.append({
                **{**link, "stands": link["state"]},
                "label": self.words.of(entity.label),
                "icon": entity.icon or "file-text",
                "url": addresses.record_page(self.app, entity.key, link["id"]),
                "state": self.cells.state(entity, link["state"]) if link["state"] else Cell(),
            })  # fmt: skip
        return made

    def history(self) -> list[Mapping[str, Any]]:
        return history_of(self.ctx, self.record)

    def attachments(self) -> list[Mapping[str, Any]] | None:
        """The files that hang on the record; None where its entity has none."""
        if not self.entity.attachments:
            return None
        base = f"{addresses.api_record(self.app, self.entity.key, self.id)}/files"
        return [
            {**one, "url": f"{base}/{one['id']}", "picture": one["mime"] in PICTURES}
            for one in files_of(self.ctx, self.record)
        ]

    def comments(self) -> list[Mapping[str, Any]]:
        return comments_of(self.ctx, self.record) if self.entity.comments else []


def _is_other_way(offer: Offer, offers: Iterable[Offer]) -> bool:
    """Whether the record goes on by another move: of two whose conditions part the records between them (an ordinary offset is approved, a
    bad debt written off; a transfer in one step is approved, one in two steps is shipped), only the one that may be made is a choice."""
    if all(p.code != "TRANSITION_CONDITION" for p in offer.problems):
        return False
    return any(not o.problems and _is_instead(o.transition, offer.transition) for o in offers)


def _is_instead(move: Transition, of: Transition) -> bool:
    """Whether a move leads where the other does, or is a like one under a condition of its own out of the very same states."""
    return move.to == of.to or (
        move.condition is not None and move.style == of.style and set(move.from_) == set(of.from_)
    )
