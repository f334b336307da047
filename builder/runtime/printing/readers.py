"""Readers: what a paper that a rule files may say. It is made with the app's rights, and opened by whoever may open the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from builder.commands import Actor
from builder.metadata.entity import Entity
from builder.runtime.context import Context
from builder.runtime.permissions import Kernel

REFERENCES = frozenset({"reference", "multi_reference"})


def for_readers(ctx: Context, entity: Entity, field: str) -> Context:
    """The same look, with what every role shows that may open the paper: that reads the record and, where the file stands in a field, that
    field. Who sees more prints it anew."""
    roles = [kernel for kernel in _kernels(ctx) if kernel.may("read", entity.key)]
    roles = [kernel for kernel in roles if not field or kernel.is_readable(entity.key, field)]
    return replace(ctx, kernel=replace(ctx.kernel, concealed=_hidden(ctx, roles)))


def _kernels(ctx: Context) -> Iterable[Kernel]:
    """The rights of each role alone."""
    nobody = Actor(workspace=ctx.ws, user_id=0, kind="user", login="", name="")
    package = ctx.app.package
    return (Kernel(nobody, package, ((role, ()),)) for role in package.roles)


def _hidden(ctx: Context, roles: Iterable[Kernel]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for kernel in roles:
        for entity in ctx.app.package.entities:
            found.setdefault(entity.key, set()).update(_unseen(kernel, entity))
    return {key: frozenset(fields) for key, fields in found.items() if fields}


def _unseen(kernel: Kernel, entity: Entity) -> set[str]:
    """Fields that the role does not show, and references to what it does not show at all."""
    if not kernel.may("read", entity.key):
        return set()
    return {
        field.key
        for field in entity.fields
        if not kernel.is_readable(entity.key, field.key)
        or (field.type in REFERENCES and not kernel.may("read", field.entity or ""))
    }
