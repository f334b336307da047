"""Scenarios: tests that travel with a package, each played into a fresh app of its own on a clock that stands where it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

from builder.clock import FixedClock, business_date
from builder.commands import Actor, GrantRole, SaveUser
from builder.errors import BuilderError, InvalidError, Problem
from builder.metadata.expectations import misshapen, unknown_models, unknown_names
from builder.metadata.package import Package
from builder.metadata.report import Scenario, Step
from builder.metadata.text import in_locale
from builder.runtime.coverage import Met
from builder.runtime.differing import EXPECT, Difference, malformed, told
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.expecting import differences, look
from builder.runtime.installing import Installer
from builder.runtime.playing import Player, system
from builder.runtime.relay import Relay
from builder.runtime.resolving import instant

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
"""Where the clock stands for a scenario whose first step says nothing."""


@dataclass(frozen=True)
class Failed:
    """A step that came out otherwise: its number from 1, what it was and of which entity, each difference, and how it was refused."""

    number: int
    step: Step
    differences: tuple[Difference, ...]
    entity: str = ""
    error: BuilderError | None = None


@dataclass(frozen=True)
class Result:
    """How a scenario went. It stops at its first failing step: what follows would only repeat it."""

    scenario: Scenario
    failed: Failed | None = None

    @property
    def passed(self) -> bool:
        return self.failed is None


def begins(scenario: Scenario, timezone: str) -> datetime:
    """The moment at which a scenario begins: that of its first step."""
    first = next((s.at for s in scenario.steps[:1] if s.at), None)
    return instant(first, business_date(START, timezone), ZoneInfo(timezone)) if first else START


@dataclass
class Runner:
    """Runs scenarios in a scratch workspace: ``engine`` stands on a fresh database and a ``FixedClock``."""

    engine: Engine
    package: Package
    ws: int = 1
    people: dict[str, str] = field(default_factory=dict)
    """The login that plays each role, as far as there is one."""
    met: Met = field(default_factory=Met)
    """What the scenarios have met of the package."""
    plays: type[Player] = Player
    """Who plays the steps."""

    def __post_init__(self) -> None:
        clock = self.engine.clock
        assert isinstance(clock, FixedClock)
        self._clock = clock
        self._number = 0

    @property
    def actor(self) -> Actor:
        return system(self.ws)

    def run(self, scenario: Scenario) -> Result:
        """Install the app anew, play every step, compare."""
        self._number += 1
        app = f"s{self._number}_{scenario.key}"[:60]
        self.prepare(app, scenario, begins(scenario, self.engine.settings.timezone))
        return self.play(app, scenario)

    def prepare(self, app: str, scenario: Scenario, at: datetime) -> None:
        """Install the app with what the scenario requires at a moment, with somebody for every role."""
        self._clock.set(at)
        Installer(self.engine, self.actor).install(self.package, app, only=frozenset(scenario.requires))
        self._roles(app)
        Relay(self.engine, self.ws).drain()

    def play(self, app: str, scenario: Scenario) -> Result:
        """Play every step into the prepared app, compare."""
        self._clock.set(begins(scenario, self.engine.settings.timezone))
        today = business_date(self._clock.now(), self.engine.settings.timezone)
        player = self.plays(self.engine, self.ws, app, today, self.people)
        relay = Relay(self.engine, self.ws)
        for number, step in enumerate(scenario.steps, 1):
            failed = self._step(player, relay, number, step)
            if failed is not None:
                return Result(scenario, failed)
        return Result(scenario)

    def _step(self, player: Player, relay: Relay, number: int, step: Step) -> Failed | None:
        wrong = tuple(self._malformed(step))
        if wrong:
            refused = InvalidError("SCENARIO_EXPECT", problems=wrong)
            return Failed(number, step, tuple(map(malformed, wrong)), step.entity or "", refused)
        before = look(player, step.expect)
        played = player.play(step)
        self.met.hear(self.package, played)
        delivered = relay.drain()
        player.look_back(played)
        try:
            found = differences(player, played, before, delivered)
        except BuilderError as error:
            found = (Difference("expect", "", told(error)),)
        entity = played.ref.entity if played.ref else step.entity or ""
        return Failed(number, step, found, entity, played.error) if found else None

    def _malformed(self, step: Step) -> Iterator[Problem]:
        """What the step expects and nothing could be compared with: then it is not played at all."""
        wrong = list(misshapen(step.expect, EXPECT))
        yield from wrong or unknown_names(self.package, step.expect, EXPECT)
        if not wrong:
            yield from unknown_models(self.package, step.expect, EXPECT)

    def _roles(self, app: str) -> None:
        """Somebody for every role, the same people in every app of the scratch workspace."""
        send = Dispatcher(self.engine)
        for role in self.package.roles:
            login = f"as-{role.key}".replace("_", "-")
            if role.key not in self.people:
                send(self.actor, SaveUser(login, in_locale(role.label, "en")))
                self.people[role.key] = login
            user = Player(self.engine, self.ws, app, START.date(), self.people).actor(f"role:{role.key}")
            send(self.actor, GrantRole(app, user.user_id, role.key))


def run_scenarios(
    engine: Engine, package: Package, keys: Iterable[str] | None = None, ws: int = 1
) -> tuple[Result, ...]:
    """Every scenario of the package, or those of ``keys``, in order."""
    wanted = None if keys is None else frozenset(keys)
    runner = Runner(engine, package, ws)
    return tuple(runner.run(s) for s in package.scenarios if wanted is None or s.key in wanted)


def words(result: Result, locale: str) -> str:
    """One line for a scenario that holds; for another the step and its differences under it."""
    label = in_locale(result.scenario.label, locale)
    failed = result.failed
    if failed is None:
        return f"ok    {result.scenario.key}  {label}"
    about = failed.step.record or failed.step.id or failed.step.key or ""
    lines = [f"FAIL  {result.scenario.key}  {label}", f"      {failed.number}: {failed.step.do} {about}"]
    if failed.error is not None and failed.error.code == "SCENARIO_EXPECT":
        return "\n".join(
            [*lines, *(f"      {p.code} {p.path} {dict(p.params)}" for p in failed.error.problems)]
        )
    lines += [f"      {d.path}: {d.wanted or '-'} | {d.found or '-'}" for d in failed.differences]
    return "\n".join(lines)


def junit(results: Iterable[Result], suite: str) -> str:
    """The results as JUnit XML."""
    cases = list(results)
    failures = sum(not r.passed for r in cases)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name={quoteattr(suite)} tests="{len(cases)}" failures="{failures}">',
    ]
    for result in cases:
        parts.append(f"  <testcase classname={quoteattr(suite)} name={quoteattr(result.scenario.key)}>")
        if not result.passed:
            parts.append(f"    <failure>{escape(words(result, 'en'))}</failure>")
        parts.append("  </testcase>")
    parts.append("</testsuite>")
    return "\n".join(parts) + "\n"


def summary(results: Iterable[Result]) -> Mapping[str, int]:
    found = [r.passed for r in results]
    return {"passed": sum(found), "failed": len(found) - sum(found)}
