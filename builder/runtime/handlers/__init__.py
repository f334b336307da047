"""Handlers: each command type and the function that decides it. A handler collects changes and returns what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from builder.commands import (
    ActOnTask,
    ActOnTicket,
    AddComment,
    ChangePassword,
    ChangeProfile,
    ChangeSetting,
    ClosePeriod,
    ContinueApproval,
    Convert,
    CreateRecord,
    DeleteRecord,
    DiscardDraft,
    DrawProcess,
    FireTransition,
    FireTransitions,
    GoLive,
    GrantRole,
    HastenChore,
    InstallApp,
    MakePrint,
    MergeRecords,
    MoveApproval,
    OpenTicket,
    PauseSchedule,
    PressButton,
    Publish,
    ReplayLedger,
    RestoreRecord,
    RollBack,
    RunComputation,
    RunRule,
    RunSchedule,
    SaveCalendar,
    SaveConnection,
    SaveDelegation,
    SaveDraft,
    SaveNoticeChoices,
    SaveOrgUnit,
    SaveToken,
    SaveUser,
    StartApproval,
    SwitchMethod,
    TakeHook,
    TendTicket,
    TimeOut,
    UndoDraft,
    UnmergeRecords,
    UpdateLines,
    UpdateRecord,
    WriteRecords,
)
from builder.runtime.context import Context
from builder.runtime.handled import Handled
from builder.runtime.handlers import (
    account,
    administration,
    approvals,
    computations,
    connections,
    definitions,
    gathered,
    going_live,
    hooked,
    ledgers,
    merging,
    prints,
    processes,
    starting,
    switching,
    tickets,
    times,
    unmerging,
)
from builder.runtime.root import Root

AppHandler = Callable[[Context, Any], Handled]
RootHandler = Callable[[Root, Any], Mapping[str, Any]]


def _plain(handler: Callable[[Context, Any], Mapping[str, Any]]) -> AppHandler:
    """A handler that makes no events."""
    return lambda ctx, command: Handled(answer=handler(ctx, command))


APP_HANDLERS: Mapping[type[Any], AppHandler] = {
    CreateRecord: gathered.created,
    UpdateRecord: gathered.updated,
    UpdateLines: gathered.lines_updated,
    DeleteRecord: gathered.deleted,
    RestoreRecord: gathered.restored,
    MergeRecords: merging.merge_records,
    UnmergeRecords: unmerging.unmerge_records,
    FireTransition: gathered.fired,
    FireTransitions: gathered.fired_many,
    Convert: gathered.converted,
    WriteRecords: gathered.written,
    ActOnTask: gathered.acted,
    ContinueApproval: approvals.continued,
    TimeOut: approvals.timed_out,
    OpenTicket: tickets.opened,
    DrawProcess: _plain(processes.draw_process),
    ActOnTicket: tickets.acted,
    TendTicket: tickets.tended,
    MoveApproval: approvals.moved,
    PressButton: gathered.pressed,
    RunRule: gathered.ran,
    StartApproval: starting.started,
    MakePrint: prints.printed,
    TakeHook: hooked.hooked,
    RunComputation: computations.run_computation,
    AddComment: gathered.commented,
    ChangeSetting: _plain(administration.change_setting),
    GoLive: _plain(going_live.go_live),
    ClosePeriod: _plain(ledgers.close_period),
    SwitchMethod: _plain(switching.switch_method),
    ReplayLedger: _plain(ledgers.replay_ledger),
    GrantRole: _plain(administration.grant_role),
    SaveCalendar: _plain(times.save_calendar),
    PauseSchedule: _plain(times.pause_schedule),
    RunSchedule: _plain(times.run_schedule),
    SaveConnection: _plain(connections.save_connection),
    SaveDraft: _plain(definitions.save_draft),
    UndoDraft: _plain(definitions.undo_draft),
    DiscardDraft: _plain(definitions.discard_draft),
    Publish: _plain(definitions.publish),
    RollBack: _plain(definitions.roll_back),
}

ROOT_HANDLERS: Mapping[type[Any], RootHandler] = {
    InstallApp: definitions.install_app,
    SaveUser: administration.save_user,
    ChangeProfile: account.change_profile,
    ChangePassword: account.change_password,
    SaveDelegation: account.save_delegation,
    SaveNoticeChoices: account.save_notice_choices,
    SaveOrgUnit: administration.save_org_unit,
    SaveToken: administration.save_token,
    HastenChore: times.hasten_chore,
}
