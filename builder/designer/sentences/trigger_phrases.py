"""Trigger phrases: *when* a rule wakes, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from builder.designer.sentences.explain import Explainer
from builder.designer.words import Words
from builder.metadata.package import Package
from builder.web.timing import schedule_words

MOVED = frozenset({"next", "previous"})


@dataclass(frozen=True)
class TriggerPhraser:
    """Words triggers and filters of one package for one person."""

    package: Package
    words: Words

    def _entity(self, key: Any) -> str:
        model = self.package.entity(str(key or ""))
        return self.words.text(model.label, model.key) if model else self.words("d.nothing_chosen")

    def _transition(self, entity: Any, key: Any) -> str:
        workflow = self.package.workflow_of(str(entity or ""))
        found = workflow.transition(str(key)) if workflow and key else None
        if found is None:
            return self.words("d.any_transition") if not key else str(key)
        return self.words("d.quoted", text=self.words.text(found.label, found.key))

    def _trigger(self, when: Mapping[str, Any], explainer: Explainer) -> str:
        kind = str(when.get("kind", ""))
        values: dict[str, Any] = {
            "entity": self._entity(when.get("entity")),
            "transition": self._transition(when.get("entity"), when.get("transition")),
        }
        if kind in {"record_changed", "line_changed"}:
            values |= self._changing(when, explainer)
        elif kind == "webhook":
            values["connector"] = self._connector(when.get("connector"))
            filtered = self.filter(when.get("filter"), explainer)
            values["which"] = self.words("d.which", what=filtered) if filtered else ""
            kind = "webhook" if when.get("entity") else "webhook_alone"
        elif kind == "approval":
            values["event"] = self.words.value("event", str(when.get("event") or "any"))
        elif kind == "threshold":
            ledger = self.package.ledger(str(when.get("ledger") or ""))
            values["ledger"] = self.words.text(ledger.label, ledger.key) if ledger else ""
            values["slack"] = explainer.explain(when.get("slack")) or "…"
        elif kind in {"schedule", "relative_date"}:
            values |= self._timed(when, explainer)
            kind = "schedule_alone" if kind == "schedule" and not when.get("entity") else kind
        elif kind == "button":
            values["label"] = self.words("d.quoted", text=self.words.text(when.get("label")) or "…")
        return self.words(f"d.trigger.{kind}", **values)

    def _changing(self, when: Mapping[str, Any], explainer: Explainer) -> dict[str, str]:
        """Which fields change, and from what to what."""
        fields = [explainer.path(f) for f in when.get("fields", ())]
        said = self.words("d.list").join(fields) or self.words("d.anything")
        how = ""
        field = str(next(iter(when.get("fields", ())), ""))
        goes = {
            name: explainer.constant(field, value) if value else self.words("d.nothing")
            for name in ("from", "to")
            if (value := when.get(name)) is not None
        }
        if goes:
            which = "both" if len(goes) == 2 else next(iter(goes))
            how = self.words(f"d.goes.{which}", **{f"a_{name}": value for name, value in goes.items()})
        return {"fields": said, "goes": how}

    def _connector(self, key: Any) -> str:
        found = next((c for c in self.package.connectors if c.key == key), None)
        words = self.words
        return (
            words("d.quoted", text=words.text(found.label, str(key))) if found else words("d.nothing_chosen")
        )

    def _timed(self, when: Mapping[str, Any], explainer: Explainer) -> dict[str, str]:
        days = int(when.get("days") or 0)
        which = f"{'on' if days == 0 else 'before' if days < 0 else 'after'}"
        working = str(when.get("working_days") or "")
        counted = "d.worked_days" if working == "count" and days else "d.days"
        date = explainer.path(str(when.get("date_field") or "…"))
        timing = self.words(f"{counted}.{which}", n=abs(days), date=date)
        if working in MOVED:
            timing = self.words(f"when.moved.{working}", day=timing)
        filtered = self.filter(when.get("filter"), explainer)
        cron = schedule_words(str(when.get("cron") or ""), working, self.words)
        setting = self.package.setting(str(when.get("time") or ""))
        if setting is not None:
            name = self.words.text(setting.label, setting.key)
            cron = self.words("when.by_setting", when=cron, setting=name)
        return {
            "cron": cron,
            "timing": timing,
            "which": self.words("d.which", what=filtered) if filtered else "",
        }

    def filter(self, where: Any, explainer: Explainer) -> str:
        """A filter in words."""
        if not isinstance(where, Mapping) or not where:
            return ""
        for name in ("and", "or"):
            if name in where:
                return self.words(f"d.{name}").join(self.filter(inner, explainer) for inner in where[name])
        if "not" in where:
            return self.words("d.not", what=self.filter(where["not"], explainer))
        path, op, value = str(where.get("field", "")), str(where.get("op", "=")), where.get("value")
        values = value if isinstance(value, list | tuple) else [value]
        if isinstance(value, bool) and op in {"=", "!="}:
            # “Approved is no” reads as no sentence: it holds, or it does not.
            return self.words(
                f"d.op.{'is_true' if value is (op == '=') else 'is_false'}", what=explainer.path(path)
            )
        said = [self._filter_value(path, v, explainer) for v in values]
        return self.words(f"d.fop.{op}", what=explainer.path(path), value=self.words("d.or_list").join(said))

    def _filter_value(self, path: str, value: Any, explainer: Explainer) -> str:
        if isinstance(value, Mapping):
            source = str(next(iter(value.values()), ""))
            if "payload" in value:
                return self.words("d.from_message", what=source.replace(".", " › "))
            around = replace(explainer, frame=explainer.frame.outer or explainer.frame)
            return around.path(source) if "record" in value else source
        return (
            explainer.constant(path, value) if isinstance(value, str) else str(explainer.constant("", value))
        )
