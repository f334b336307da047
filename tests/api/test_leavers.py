"""What waits for somebody who has left goes to the app's owner by itself."""

from __future__ import annotations

from builder.commands import SaveUser
from builder.runtime import lateness
from builder.storage import accounts
from tests.api.caller import Api, good
from tests.api.test_approvals import act, flow_of, state, submitted, user


def test_open_tasks_of_who_leaves_are_handed_over(api: Api) -> None:
    flow_of(api, user("seller"))
    order = submitted(api)
    assert lateness.see_to(api.world.engine) == 0
    leave(api, "seller")
    assert lateness.see_to(api.world.engine) == 1
    good(act(api.boss, "approve"))
    assert state(api, order) == "approved"
    assert lateness.see_to(api.world.engine) == 0


def leave(api: Api, login: str) -> None:
    with api.world.engine.database.snapshot() as conn:
        found = accounts.user_by_login(conn, 1, login)
    assert found is not None
    api.world.send(SaveUser(login, login.title(), found.user_id, status="disabled"))
