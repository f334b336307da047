"""What the page of the process mirror shows of one mirror: in the reader's words, each figure with its documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from builder.metadata.entity import Entity
from builder.runtime.context import Context
from builder.runtime.mirroring import Mirror, drawn_of, node_label, transitions_of
from builder.runtime.pages import addresses
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.runtime.pages.work.map import Box, Lane, Way, draw
from builder.runtime.pages.work.saying import lasted, share, transition_label
from builder.workflow.mirror import Difference, Node, compare_drawn

ROWS = 8


class MirrorPage:
    """What the page shows of one mirror, in the reader's words, each figure with the list of the documents in question."""

    def __init__(self, site: Site, ctx: Context, words: Words, mirror: Mirror) -> None:
        self.site, self.ctx, self.words, self.mirror = site, ctx, words, mirror

    def _entity(self, key: str) -> Entity | None:
        return self.ctx.app.package.entity(key)

    def label(self, key: str) -> str:
        entity = self._entity(key)
        return self.words.of(entity.label) if entity else ""

    def state(self, entity: str, key: str) -> str:
        flow = self.ctx.app.package.workflow_of(entity)
        found = flow.state(key) if flow else None
        return self.words.of(found.label) if found else self.words.say("mirror.gone_state")

    def list_url(self, entity: str, state: str, owner: int = 0) -> str:
        """The documents that stand there now."""
        parts: list[dict[str, Any]] = [{"field": "state", "op": "=", "value": state}]
        if owner:
            parts.append({"field": "owner", "op": "=", "value": self.site.show(owner)})
        where = parts[0] if len(parts) == 1 else {"and": parts}
        return addresses.list_page(self.ctx.app.key, entity, filter=json.dumps(where))

    @property
    def hidden(self) -> str:
        return "、".join(self.words.of(e.label) for e in self.mirror.hidden)

    @property
    def is_empty(self) -> bool:
        return not self.mirror.as_is.nodes

    def figures(self) -> list[tuple[str, str]]:
        """The large numbers at the top."""
        say, as_is = self.words.say, self.mirror.as_is
        moves = sum(m.count for m in as_is.moves)
        handed, back = sum(m.handed for m in as_is.moves), sum(m.back for m in as_is.moves)
        people = sum(n for kind, n in self.mirror.makers.items() if kind in {"user", "token"})
        steps = sum(self.mirror.makers.values())
        outside, known = self.mirror.outside
        shown = [
            (say("mirror.moves"), f"{moves:,}"),
            (say("mirror.handed"), f"{handed:,}"),
            (say("mirror.back"), f"{back:,}"),
            (say("mirror.stuck"), f"{len(as_is.stuck):,}"),
            (say("mirror.by_itself"), share(steps - people, steps)),
        ]
        return [*shown, (say("mirror.outside"), share(outside, known))] if known else shown

    def drawing(self) -> Any:
        """The map: states that exist or were seen, declared ways that nobody went dashed."""
        lanes = [self._lane(entity) for entity in self.mirror.seen if self._nodes(entity.key)]
        return draw(lanes, self._ways(), self.mirror.hand_offs)

    def _nodes(self, entity: str) -> list[Node]:
        return [n for n in self.mirror.as_is.nodes if n.entity == entity]

    def _lane(self, entity: Entity) -> Lane:
        flow = self.ctx.app.package.workflow_of(entity.key)
        declared = [s.key for s in flow.states] if flow else []
        seen = {n.state: n for n in self._nodes(entity.key)}
        keys = [*declared, *(k for k in seen if k not in declared)]
        worst = {(n.entity, n.state) for n in self.mirror.as_is.bottlenecks[:2]}
        boxes = []
        for key in keys:
            node = seen.get(key)
            tone = "worst" if (entity.key, key) in worst else "" if node else "never"
            detail = self._detail(node) if node else self.words.say("mirror.never")
            boxes.append(
                Box(
                    (entity.key, key),
                    self.state(entity.key, key),
                    detail,
                    self.list_url(entity.key, key),
                    tone,
                )
            )
        return Lane(entity.key, self.words.of(entity.label), tuple(boxes))

    def _detail(self, node: Node) -> str:
        return f"{self.words.say('mirror.now', n=node.open)} · {lasted(self.words, node.median)}"

    def _ways(self) -> list[Way]:
        undeclared = {(d.entity, d.from_, d.to) for d in self.mirror.differences if d.kind == "undeclared"}
        ways = []
        for m in self.mirror.as_is.moves:
            look = "undeclared" if (m.entity, m.from_, m.to) in undeclared else "back" if m.back else ""
            ways.append(Way((m.entity, m.from_), (m.entity, m.to), str(m.count), look))
        went = {(w.from_, w.to) for w in ways}
        seen = {n.entity for n in self.mirror.as_is.nodes}
        for d in self.mirror.differences:
            if d.kind == "never_used" and d.entity in seen:
                ways += [w for w in self._unused(d) if (w.from_, w.to) not in went]
        return ways

    def _unused(self, difference: Difference) -> list[Way]:
        flow = self.ctx.app.package.workflow_of(difference.entity)
        transition = flow.transition(difference.transition) if flow else None
        froms = transition.from_ if transition else ()
        return [Way((difference.entity, f), (difference.entity, difference.to), "", "unused") for f in froms]

    def bottlenecks(self) -> list[Mapping[str, Any]]:
        """Where the time goes, the worst first."""
        return [
            {
                "entity": self.label(n.entity),
                "state": self.state(n.entity, n.state),
                "url": self.list_url(n.entity, n.state),
                "visits": f"{n.visits:,}",
                "median": lasted(self.words, n.median),
                "mean": lasted(self.words, n.mean),
                "p90": lasted(self.words, n.p90),
                "p95": lasted(self.words, n.p95),
                "now": f"{n.open:,}",
                "oldest": lasted(self.words, n.oldest) if n.oldest else "–",
            }
            for n in self.mirror.as_is.bottlenecks[:ROWS]
        ]

    def waiting(self) -> list[Mapping[str, Any]]:
        """Every step at which something waits for longer than the app allows."""
        return [
            {
                "entity": self.label(w.entity),
                "state": self.state(w.entity, w.state),
                "count": f"{w.count:,}",
                "oldest": lasted(self.words, w.oldest),
                "url": self.list_url(w.entity, w.state),
            }
            for w in self.mirror.waiting
        ]

    def stuck(self) -> list[Mapping[str, Any]]:
        return [
            {
                "entity": self.label(s.entity),
                "state": self.state(s.entity, s.state),
                "owner": self.ctx.directory.name_of(s.owner) or self.words.say("mirror.nobody"),
                "count": s.count,
                "oldest": lasted(self.words, s.oldest),
                "url": self.list_url(s.entity, s.state, s.owner),
            }
            for s in self.mirror.stuck[:ROWS]
        ]

    def moves(self, *, back: bool) -> list[Mapping[str, Any]]:
        """Hand-overs, or what went back to where it had been."""
        wanted = [m for m in self.mirror.as_is.moves if (m.back if back else m.handed)]
        wanted.sort(key=lambda m: -(m.back if back else m.handed))
        return [
            {
                "entity": self.label(m.entity),
                "from": self.state(m.entity, m.from_),
                "to": self.state(m.entity, m.to),
                "count": m.back if back else m.handed,
                "of": m.count,
                "url": self.list_url(m.entity, m.to),
            }
            for m in wanted[:ROWS]
        ]

    def differences(self) -> list[Mapping[str, str]]:
        """What went otherwise one by one, the worst first; what was never used or reached in one line for each kind of document."""
        found = self.mirror.differences
        single = [d for kind in ("bypassed", "undeclared") for d in found if d.kind == kind]
        made: list[Mapping[str, str]] = [
            {"kind": d.kind, "text": self._difference(d), "url": self.list_url(d.entity, d.to)}
            for d in single
        ]
        for entity in self.mirror.seen:
            for kind in ("never_used", "never_reached"):
                names = [self._name(d) for d in found if d.kind == kind and d.entity == entity.key]
                text = self.words.say(
                    f"mirror.differs.{kind}", entity=self.words.of(entity.label), names="、".join(names)
                )
                made += (
                    [{"kind": kind, "text": text, "url": addresses.list_page(self.ctx.app.key, entity.key)}]
                    if names
                    else []
                )
        return made

    def _name(self, d: Difference) -> str:
        """The transition of a difference, or its state."""
        flow = self.ctx.app.package.workflow_of(d.entity)
        found = flow.transition(d.transition) if flow and d.transition else None
        return self.words.of(found.label) if found else self.state(d.entity, d.to)

    def _difference(self, d: Difference) -> str:
        return self.words.say(
            f"mirror.differs.{d.kind}",
            entity=self.label(d.entity),
            move=self._name(d),
            to=self.state(d.entity, d.to),
            n=d.count,
            **{"from": self.state(d.entity, d.from_) if d.from_ else ""},
        )

    def asked(self) -> list[Mapping[str, Any]]:
        """The nodes of approvals, the slowest first."""
        made: list[Mapping[str, Any]] = []
        for a in self.mirror.asked[:ROWS]:
            entity, label = node_label(self.ctx.app.package, a.node)
            people = [f"{self.ctx.directory.name_of(u)} {n}" for u, n in a.people[:3]]
            made.append(
                {
                    "entity": self.label(entity),
                    "node": self.words.of(label) or self.words.say("mirror.gone_node"),
                    "turns": a.turns,
                    "median": lasted(self.words, a.median),
                    "mean": lasted(self.words, a.mean),
                    "p90": lasted(self.words, a.p90),
                    "p95": lasted(self.words, a.p95),
                    "long": f"{a.long:,}",
                    "waits": "、".join(people) or "–",
                }
            )
        return made

    def typed(self) -> list[str]:
        return [
            self.words.say(
                "mirror.typed_twice",
                one=self.label(t.from_entity),
                other=self.label(t.to_entity),
                field=self._field(t.from_entity, t.from_field),
                again=self._field(t.to_entity, t.to_field),
                n=t.same,
                pairs=t.pairs,
            )
            for t in self.mirror.typed[:ROWS]
        ]

    def _field(self, entity: str, key: str) -> str:
        model = self._entity(entity)
        field = model.field(key) if model else None
        return self.words.of(field.label) if field else ""

    def channels(self) -> list[tuple[str, str, int, int]]:
        """Entity, way, documents, percent."""
        total: dict[str, int] = {}
        for entity, _, count in self.mirror.channels:
            total[entity] = total.get(entity, 0) + count
        return [
            (self.label(entity), self._option(entity, way), count, count * 100 // total[entity])
            for entity, way, count in self.mirror.channels
        ]

    def _option(self, entity: str, way: str) -> str:
        model = self._entity(entity)
        field = model.field("channel") if model else None
        found = next((o for o in field.options if o.key == way), None) if field else None
        return self.words.of(found.label) if found else ""

    def drawn(self) -> Mapping[str, Any] | None:
        """The map that people drew, with what the declared workflow saves of it; None where nobody drew any."""
        steps = drawn_of(self.ctx, self.mirror.family)
        if not steps:
            return None
        saved = compare_drawn(steps, transitions_of(self.ctx.app.package, self.mirror.family))
        rows = [
            {
                "label": s.label,
                "who": s.who,
                "means": self.words.say(f"mirror.means.{s.means}"),
                "outside": s.means != "system",
                "minutes": s.minutes,
                "by": transition_label(self.ctx, self.words, s.by) if s.by else "",
            }
            for s in steps
        ]
        return {"saved": saved, "rows": rows}
