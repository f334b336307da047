"""Commands: what may be asked. Imperative, frozen; each is one root of the decide loop.

``values`` are what a person or program sent: JSON forms or exact values alike; handlers read them through the
field types, so that every problem is collected. Lines are given inline under their field's key as a sequence of
mappings: one with ``id`` keeps that line, one without makes a new line, one left out is removed.
"""

from __future__ import annotations

from builder.commands.actor import (
    Actor,
    Override,
)
from builder.commands.approvals import (
    ActOnTask,
    ContinueApproval,
    MoveApproval,
    TimeOut,
)
from builder.commands.apps import (
    ChangeSetting,
    DiscardDraft,
    GoLive,
    InstallApp,
    Publish,
    RollBack,
    SaveConnection,
    SaveDraft,
    TakeOver,
    UndoDraft,
)
from builder.commands.ledgers import (
    ClosePeriod,
    ReplayLedger,
    SwitchMethod,
)
from builder.commands.people import (
    ChangePassword,
    ChangeProfile,
    GrantRole,
    SaveDelegation,
    SaveNoticeChoices,
    SaveOrgUnit,
    SaveToken,
    SaveUser,
)
from builder.commands.plans import SavePlan
from builder.commands.processes import DrawProcess
from builder.commands.records import (
    AddComment,
    Convert,
    CreateRecord,
    DeleteRecord,
    FireTransition,
    FireTransitions,
    ForgetPast,
    MakePrint,
    MergeRecords,
    PressButton,
    RestoreRecord,
    RunComputation,
    RunRule,
    StartApproval,
    TakeHook,
    UnmergeRecords,
    UpdateLines,
    UpdateRecord,
    WriteRecords,
)
from builder.commands.tickets import (
    ActOnTicket,
    OpenTicket,
    TendTicket,
)
from builder.commands.times import HastenChore, PauseSchedule, RunSchedule, SaveCalendar
from builder.commands.tours import FinishTour, PutAwaySteps

Command = (
    CreateRecord
    | UpdateRecord
    | UpdateLines
    | DeleteRecord
    | RestoreRecord
    | ForgetPast
    | MergeRecords
    | UnmergeRecords
    | FireTransition
    | FireTransitions
    | Convert
    | WriteRecords
    | ActOnTask
    | ContinueApproval
    | TimeOut
    | MoveApproval
    | PressButton
    | StartApproval
    | MakePrint
    | TakeHook
    | RunRule
    | RunComputation
    | AddComment
    | ChangeSetting
    | GoLive
    | FinishTour
    | PutAwaySteps
    | ClosePeriod
    | SwitchMethod
    | ReplayLedger
    | InstallApp
    | SaveDraft
    | TakeOver
    | UndoDraft
    | DiscardDraft
    | Publish
    | RollBack
    | SaveUser
    | ChangeProfile
    | ChangePassword
    | SaveDelegation
    | SaveNoticeChoices
    | GrantRole
    | SaveOrgUnit
    | SaveToken
    | SavePlan
    | SaveCalendar
    | PauseSchedule
    | RunSchedule
    | HastenChore
    | SaveConnection
    | OpenTicket
    | DrawProcess
    | ActOnTicket
    | TendTicket
)
"""Any of them."""

__all__ = [
    "ActOnTask",
    "ActOnTicket",
    "Actor",
    "AddComment",
    "ChangePassword",
    "ChangeProfile",
    "ChangeSetting",
    "ClosePeriod",
    "Command",
    "ContinueApproval",
    "Convert",
    "CreateRecord",
    "DeleteRecord",
    "DiscardDraft",
    "DrawProcess",
    "FinishTour",
    "FireTransition",
    "FireTransitions",
    "ForgetPast",
    "GoLive",
    "GrantRole",
    "HastenChore",
    "InstallApp",
    "MakePrint",
    "MergeRecords",
    "MoveApproval",
    "OpenTicket",
    "Override",
    "PauseSchedule",
    "PressButton",
    "Publish",
    "PutAwaySteps",
    "ReplayLedger",
    "RestoreRecord",
    "RollBack",
    "RunComputation",
    "RunRule",
    "RunSchedule",
    "SaveCalendar",
    "SaveConnection",
    "SaveDelegation",
    "SaveDraft",
    "SaveNoticeChoices",
    "SaveOrgUnit",
    "SavePlan",
    "SaveToken",
    "SaveUser",
    "StartApproval",
    "SwitchMethod",
    "TakeHook",
    "TakeOver",
    "TendTicket",
    "TimeOut",
    "UndoDraft",
    "UnmergeRecords",
    "UpdateLines",
    "UpdateRecord",
    "WriteRecords",
]
