"""Scenario: ``scenario run``: a package's own tests, each in a fresh app on a throw-away database."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from builder.cli.installed import package_of
from builder.cli.speaking import locale
from builder.cli.speaking import words as said
from builder.config import Settings
from builder.runtime import side_by_side
from builder.runtime.scenarios import junit, summary, words
from builder.runtime.scratch import Scratch

KINDS = {
    "documents": {"zh-CN": "单据", "en": "Documents made"},
    "states": {"zh-CN": "单据状态", "en": "States reached"},
    "conditions": {"zh-CN": "流程条件", "en": "Conditions that refused"},
    "guards": {"zh-CN": "拦截", "en": "Guards met"},
    "approvals": {"zh-CN": "审批步骤", "en": "Steps of approvals"},
    "branches": {"zh-CN": "审批分支", "en": "Branches taken"},
    "rejections": {"zh-CN": "审批驳回", "en": "Approvals rejected"},
    "rules": {"zh-CN": "规则", "en": "Rules run"},
    "checks": {"zh-CN": "录入检查", "en": "Checks met"},
}
"""What the scenarios of a package should have met, in the words of the terminal."""


def add(commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """The options of this subject's commands."""
    room = commands["scenario"].add_subparsers(dest="action", required=True, metavar="ACTION")
    run = room.add_parser("run", help="run scenarios; exit code 1 where one fails")
    run.add_argument("package", metavar="APP|PATH", help="template, folder, zip, or installed app")
    run.add_argument("keys", nargs="*", help="scenarios to run (all)")
    run.add_argument("--junit", metavar="FILE", help="write the results as JUnit XML")
    run.add_argument(
        "--jobs", type=int, metavar="N", help="processes that play them (as many as there are processors)"
    )
    run.add_argument("--database", help="database URL of an installed app")
    run.set_defaults(run=run_scenarios)


def run_scenarios(args: argparse.Namespace, settings: Settings) -> int:
    package = package_of(args.package, settings)
    unknown = set(args.keys) - {s.key for s in package.scenarios}
    if unknown:
        raise ValueError(f"no scenario {', '.join(sorted(unknown))}")
    asked = [s for s in package.scenarios if not args.keys or s.key in args.keys]
    if args.jobs is not None and args.jobs < 1:
        raise ValueError("--jobs must be 1 or more")
    jobs = side_by_side.fit(len(asked), args.jobs)
    results = []
    with TemporaryDirectory(prefix="zhanggui-") as folder:
        scratch = Scratch(package, settings, Path(folder))
        for result in side_by_side.play(scratch, asked, jobs):
            results.append(result)
            print(words(result, locale()), flush=True)
        if not args.keys:
            told = {kind: said(label) for kind, label in KINDS.items()}
            for line in scratch.met.coverage(package, locale()).lines(told):
                print(line)
    if args.junit:
        Path(args.junit).write_text(junit(results, package.app.key), encoding="utf-8")
    counted = summary(results)
    print(f"{counted['passed']} passed, {counted['failed']} failed")
    return 1 if counted["failed"] else 0
