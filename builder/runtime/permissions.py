"""The permission kernel: what this actor may do with this app. Every read and every write asks here.

Rights are the union over the roles held. A deed without a grant is refused; a record outside the scope and a field that
is hidden do not exist. The scope is a filter, so that reads carry it into SQL and writes test old and new record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from builder.errors import ForbiddenError, NotFoundError
from builder.metadata.access import Grant, Role
from builder.metadata.entity import Entity, Field
from builder.record import Record
from builder.runtime.rights import Filter, Rights
from builder.runtime.scopes import NOTHING, OWN, Passing, any_of, over_lines, passing_of

SYSTEM_FIELDS = (
    "id", "state", "version", "owner", "org_unit", "business_date",
    "created_by", "created_via", "created_at", "updated_by", "updated_at", "archived_at",
)  # fmt: skip


@dataclass(frozen=True)
class Kernel(Rights):
    """The rights of an actor over the records of one app, and everything that ``Rights`` tells."""

    # Rights do not move while a kernel lives, and each field of each record asks for them.
    _known: dict[Any, Any] = field(init=False, default_factory=dict, compare=False, repr=False)

    def _granting(self, entity: str, deed: str) -> list[tuple[Role, Grant | None, tuple[int, ...]]]:
        entity = self._owner(entity)
        found: list[tuple[Role, Grant | None, tuple[int, ...]]] = []
        for role, units in self.grants:
            grant = role.grant(entity)
            if (grant is not None and deed in grant.may) or (grant is None and role.all_entities):
                found.append((role, grant, units))
        return found

    def _owner(self, entity: str) -> str:
        """Lines are granted with their parent unless they have a grant of their own."""
        model = self.package.entity(entity)
        if model is None or model.kind != "lines" or model.parent is None:
            return entity
        if any(role.grant(entity) for role, _ in self.grants):
            return entity
        return model.parent

    def may(self, deed: str, entity: str) -> bool:
        """Whether the actor may do ``deed`` with some records of ``entity``."""
        at = ("may", deed, entity)
        found: bool | None = self._known.get(at)
        if found is None:
            found = self._known[at] = self._may(deed, entity)
        return found

    def _may(self, deed: str, entity: str) -> bool:
        if not self.token_allows(deed) or self.is_off("entities", entity):
            return False
        return self.is_unlimited or bool(self._granting(entity, deed))

    def check(self, deed: str, entity: str) -> Entity:
        """The entity, if the actor may do ``deed`` with it. 404 where it may not even be read, else 403."""
        model = self.package.entity(entity)
        if model is not None and self.may(deed, entity):
            return model
        if model is None or not self.may("read", entity):
            raise NotFoundError(entity=entity)
        raise ForbiddenError(deed=deed, entity=entity)

    def scope(self, entity: str, deed: str = "read") -> Filter | None:
        """The filter that records must pass for ``deed``; None: all records. Lines that are granted with their document pass with it."""
        if self.is_unlimited:
            return None
        at = ("scope", entity, deed)
        if at not in self._known:
            self._known[at] = self._scope(entity, deed)
        found: Filter | None = self._known[at]
        return found

    def _scope(self, entity: str, deed: str) -> Filter | None:
        owner = self._owner(entity)
        if owner != entity:
            above = self.scope(owner, deed)
            return None if above is None else over_lines(above)
        granting = self._granting(entity, deed)
        if not granting:
            return NOTHING
        by_unit = self._is_by_unit(entity)
        return any_of(
            (self._reach(entity, grant, deed), units if by_unit else ()) for _, grant, units in granting
        )

    def _reach(self, entity: str, grant: Grant | None, deed: str) -> Filter | None:
        """What the grant's scope leaves for the deed. A draft that may be made void by its maker alone is deleted by its maker alone."""
        if grant is None or deed != "delete" or not self.deletes_own(entity, grant):
            return grant.scope if grant is not None else None
        return {"and": [OWN, grant.scope]} if grant.scope else OWN

    def deletes_own(self, entity: str, grant: Grant) -> bool:
        """Whether making void is among what the role may do with its own records alone."""
        workflow = self.package.workflow_of(entity) if grant.own else None
        states = {state.key for state in workflow.states if state.void} if workflow is not None else set()
        moves = workflow.transitions if workflow is not None else ()
        return any(move.to in states for move in moves if move.key in grant.own)

    def _is_by_unit(self, entity: str) -> bool:
        model = self.package.entity(entity)
        return model is not None and model.kind in {"document", "log"}

    def is_readable(self, entity: str, field: str) -> bool:
        """Whether the field exists for the actor: hidden by none of the roles that show the entity, and not naming what is switched off."""
        if field in self.concealed.get(entity, ()) or field in self.away(entity):
            return False
        if self.is_unlimited or field in SYSTEM_FIELDS:
            return True
        return field not in self._common(entity, "read", "hidden")

    def away(self, entity: str) -> frozenset[str]:
        """Fields that name records of a part that is switched off. One that must be filled in stays, or nobody could save."""
        found: frozenset[str] | None = self._known.get(("away", entity))
        if found is None:
            model = self.package.entity(entity)
            named = [f for f in model.fields if f.type == "reference" and not f.required] if model else []
            found = frozenset(f.key for f in named if f.entity and self.is_off("entities", f.entity))
            self._known["away", entity] = found
        return found

    def _common(self, entity: str, deed: str, attribute: str) -> frozenset[str]:
        """Field keys that every granting role limits. Fields of lines are named ``lines_field.field`` in the parent's grant."""
        at = (entity, deed, attribute)
        found: frozenset[str] | None = self._known.get(at)
        if found is None:
            found = self._known[at] = self._worked_out(entity, deed, attribute)
        return found

    def _worked_out(self, entity: str, deed: str, attribute: str) -> frozenset[str]:
        owner = self._owner(entity)
        sets: list[frozenset[str]] = []
        for _, grant, _units in self._granting(entity, deed):
            names = frozenset(getattr(grant, attribute)) if grant is not None else frozenset()
            if owner != entity:
                prefixes = self._lines_keys(owner, entity)
                names = frozenset(
                    n.split(".", 1)[1] for n in names if n.split(".", 1)[0] in prefixes and "." in n
                )
            sets.append(names)
        return frozenset.intersection(*sets) if sets else frozenset()

    def _lines_keys(self, parent: str, entity: str) -> set[str]:
        model = self.package.entity(parent)
        return {f.key for f in model.line_fields if f.entity == entity} if model else set()

    def readable_fields(self, entity: Entity) -> tuple[Field, ...]:
        found: tuple[Field, ...] = self.remembered(
            ("readable", entity), lambda: self._readable_fields(entity)
        )
        return found

    def _readable_fields(self, entity: Entity) -> tuple[Field, ...]:
        return tuple(f for f in entity.fields if not f.archived and self.is_readable(entity.key, f.key))

    def remembered(self, what: tuple[str, Any], build: Callable[[], Any]) -> Any:
        """What ``build`` works out of these rights for an entity or a ledger, worked out once."""
        # By identity: an entity of a draft has the key of the live one. It is kept too, so that no other one gets its id.
        at = (what[0], id(what[1]))
        try:
            return self._known[at][0]
        except KeyError:
            self._known[at] = (build(), what[1])
        return self._known[at][0]

    def kept(self, at: tuple[str, str], build: Callable[[], bool]) -> bool:
        """What ``build`` says of these rights, asked once."""
        known: bool | None = self._known.get(at)
        if known is None:
            known = self._known[at] = build()
        return known

    def passing(
        self, entity: str, deed: str, today: date, resolve: Callable[[Filter], Filter]
    ) -> Passing | None:
        """The scope ready to be tested on records, None for all of them. What ``resolve`` fills in stays the same for a day."""
        at = ("passing", entity, deed, today)
        if at not in self._known:
            scope = self.scope(entity, deed)
            self._known[at] = passing_of(resolve(scope)) if scope is not None else None
        found: Passing | None = self._known[at]
        return found

    def is_path_readable(self, entity: str, path: str) -> bool:
        """Whether a dotted path is readable at every step, the entities that it passes included."""
        model = self.package.entity(entity)
        head, dot, rest = path.partition(".")
        if model is None:
            return False
        if head in SYSTEM_FIELDS and not dot:
            return True
        if head == "parent" and model.parent and model.field(head) is None:
            # What lines belong to: a choice of units asks for those of one item.
            return not dot or (self.may("read", model.parent) and self.is_path_readable(model.parent, rest))
        field = model.field(head)
        if field is None or not self.is_readable(entity, head):
            return False
        if not dot:
            return True
        return (
            field.entity is not None
            and self.may("read", field.entity)
            and self.is_path_readable(field.entity, rest)
        )

    def is_writable(self, entity: str, field: str, *, deed: str = "update") -> bool:
        is_open = self.is_unlimited or field not in self._common(entity, deed, "read_only")
        return is_open and self.is_readable(entity, field)

    def may_update_in(self, entity: str, state: str | None) -> bool:
        if self.is_unlimited:
            return True
        granting = self._granting(entity, "update")
        return any(grant is None or not grant.states or state in grant.states for _, grant, _ in granting)

    def may_fire(self, entity: str, transition: str, record: Record | None = None) -> bool:
        """Whether the actor may fire the transition: with ``record``, or (None) with some record. What a role may do with its own records
        alone it may do with those that the app made too: they are nobody's."""
        own = record is None or record.owner_id in (0, self.actor.user_id)
        return self._may_by_key(entity, transition, "transitions", own=own)

    def may_hand_over(self, record: Record) -> bool:
        """Whether the actor may name another owner: what a role may do with its own records alone is not reached by making them its own."""
        if self.is_unlimited or not record.version or record.owner_id in (0, self.actor.user_id):
            return True
        granting = self._granting(record.entity, "update")
        return any(grant is None or not grant.own for _, grant, _ in granting)

    def may_convert(self, entity: str, conversion: str) -> bool:
        if self.is_off("conversions", f"{entity}.{conversion}"):
            return False
        return self._may_by_key(entity, conversion, "conversions")

    def _may_by_key(self, entity: str, key: str, attribute: str, *, own: bool = True) -> bool:
        if not self.token_allows("update"):
            return False
        if self.is_unlimited:
            return True
        for role, _ in self.grants:
            grant = role.grant(entity)
            if grant is not None and not own and key in grant.own:
                continue
            everything = ("*",) if role.all_entities else ()
            keys = everything if grant is None else getattr(grant, attribute)
            if key in keys or "*" in keys:
                return True
        return False
