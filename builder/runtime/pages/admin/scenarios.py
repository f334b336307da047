"""The scenarios page: the tests that travel with the app, played in the background; what came out otherwise is said in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.runtime import scenario_jobs
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.storage import jobs as stored_jobs
from builder.storage.jobs import JobRow

RUNNING = frozenset({"waiting", "running"})
LINE = re.compile(r"^(\w+)\[(\d+)\]$")


def add_scenarios(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/scenarios``."""

    @pages.get("/a/<app>/scenarios")
    def scenarios(app: str) -> str:
        return _page(site, app)

    @pages.post("/a/<app>/scenarios")
    def play_scenarios(app: str) -> BaseResponse:
        """Play those that were asked for; all of them where none was named."""
        keys = request.form.getlist("only")
        scenario_jobs.start(site.door.engine, site.actor(), app, keys)
        return redirect(addresses.built_in_page(app, "scenarios"))


def _page(site: Site, app: str) -> str:
    words = site.words()
    with site.reading(app) as ctx:
        ctx.kernel.require("settings")
        package = ctx.app.package
        runs = _runs(ctx)
        results: dict[str, Any] = {}
        for run in reversed(runs):
            results |= {r["key"]: r["failed"] for r in (run.progress or {}).get("results", ())}
        telling = Telling(package, words)
        rows = [
            {
                "key": s.key,
                "label": words.of(s.label),
                "help": words.of(s.help),
                "state": _state(results, s.key),
                "failed": telling.failed(results[s.key]) if results.get(s.key) else None,
            }
            for s in package.scenarios
        ]
        latest = runs[0] if runs else None
        return site.page(
            "admin/scenarios.html",
            here=addresses.built_in_page(app, "scenarios"),
            rows=sorted(rows, key=lambda row: row["state"] != "failed"),
            counts={state: sum(row["state"] == state for row in rows) for state in ("passed", "failed")},
            latest=_told(words, latest) if latest is not None else None,
            is_running=latest is not None and latest.state in RUNNING,
        )


def _runs(ctx: Context) -> list[JobRow]:
    """The reader's runs of this app, the newest first."""
    rows = stored_jobs.of(ctx.conn, ctx.ws, ctx.actor.user_id, limit=50)
    return [r for r in rows if r.kind == scenario_jobs.KIND and r.args.get("app") == ctx.app.key]


def _state(results: Mapping[str, Any], key: str) -> str:
    if key not in results:
        return "unplayed"
    return "failed" if results[key] else "passed"


def _told(words: Words, run: JobRow) -> Mapping[str, Any]:
    progress = run.progress or {}
    return {
        "state": words.say(f"page.job.{run.state}"),
        "done": progress.get("done", 0),
        "total": progress.get("total", 0),
        "when": words.ago(run.created_at),
    }


@dataclass(frozen=True)
class Telling:
    """A step that came out otherwise, in the words of the app's labels."""

    package: Package
    words: Words

    def failed(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Which step it was, and everything in which it differed."""
        entity = self.package.entity(told["entity"])
        return {
            "number": told["number"],
            "step": self.words.say(f"scenario.do.{told['do']}", name=self._deed(entity, told)).strip(),
            "refused": [self.words.message(code, params) for code, params in told["problems"]],
            "differences": [
                {"what": self._what(entity, path), "wanted": wanted, "found": found}
                for path, wanted, found in self._shown(entity, told["differences"])
            ],
        }

    def _deed(self, entity: Entity | None, told: Mapping[str, Any]) -> str:
        label = self.words.of(entity.label) if entity is not None else ""
        workflow = self.package.workflow_of(entity.key) if entity is not None else None
        transition = (
            next((t for t in workflow.transitions if t.key == told["deed"]), None) if workflow else None
        )
        return f"{label} · {self.words.of(transition.label)}" if transition is not None else label

    def _shown(self, entity: Entity | None, found: list[list[str]]) -> Iterator[tuple[str, str, str]]:
        """Differences as people read them: states by their labels; codes of refusals are told apart."""
        workflow = self.package.workflow_of(entity.key) if entity is not None else None
        labels = {s.key: self.words.of(s.label) for s in workflow.states} if workflow is not None else {}
        for path, wanted, got in found:
            if path == "state":
                yield path, labels.get(wanted, wanted), labels.get(got, got)
            elif path == "error":
                none = self.words.say("scenario.no_refusal")
                yield path, self.words.message(wanted, {}) if wanted else none, "" if got else none
            else:
                yield path, wanted, got

    def _what(self, entity: Entity | None, path: str) -> str:
        """The place of a difference by the labels of what stands there."""
        head, *rest = path.split(".")
        name = head.partition("[")[0]
        labels = {
            "values": lambda: self._fields(entity, rest),
            "balances": lambda: self._measure(rest),
            "created": lambda: [self._label(self.package.entity(rest[0]))] if rest else [],
            "health": lambda: [self._label(next((h for h in self.package.health if h.key in rest), None))],
            "messages": lambda: [self._label(next((r for r in self.package.roles if r.key in rest), None))],
        }.get(name, list)()
        return " · ".join([self.words.say(f"scenario.place.{name}"), *filter(None, labels)])

    def _fields(self, entity: Entity | None, path: list[str]) -> list[str]:
        found: list[str] = []
        for part in path:
            line = LINE.match(part)
            field = entity.field(line.group(1) if line else part) if entity is not None else None
            found.append(self._label(field))
            if line is not None and field is not None:
                found.append(self.words.say("scenario.line", n=int(line.group(2)) + 1))
                entity = self.package.entity(field.entity or "")
        return found

    def _measure(self, path: list[str]) -> list[str]:
        ledger = self.package.ledger(path[0]) if path else None
        measure = next((m for m in ledger.measures if m.key in path), None) if ledger is not None else None
        return [self._label(ledger), self._label(measure)]

    def _label(self, of: Any) -> str:
        return self.words.of(of.label) if of is not None else ""
