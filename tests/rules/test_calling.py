"""Calling: a robot is told whom its message is for."""

from __future__ import annotations

from dataclasses import replace

from builder.metadata.outside import Connector
from builder.metadata.rule import Action, Recipient
from builder.rules import engine
from tests.memory import MemoryDirectory
from tests.rules.office import CLERK, around, office, order, rule


def test_a_robot_s_message_names_whom_it_is_for() -> None:
    for to, people in (((Recipient(user="clerk"),), [CLERK]), ((), None)):
        told = Action(uid="a", kind="notify", connector="group", title="x", to=to)
        package = replace(
            office(rule("r", "record_created", told, timing="later")),
            connectors=(Connector("c", "group", "Group", "robot"),),
        )
        context = around(package, directory=MemoryDirectory(logins={"clerk": CLERK}))
        (message,) = engine.run(context, package.rules[0], order(), {}).messages
        assert message.body.get("mention") == people
