"""People: ``user`` and ``token``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from builder.cli.opening import WORKSPACE, asked_password, opened
from builder.commands import GrantRole, SaveToken, SaveUser
from builder.config import Settings
from builder.errors import NotFoundError
from builder.runtime.auth import actor_of
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.playing import system
from builder.storage import accounts


def add(commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """The options of this subject's commands."""
    user = commands["user"].add_subparsers(dest="action", required=True, metavar="ACTION")
    add_ = user.add_parser("add", help="a new account; the password is asked or comes from BUILDER_PASSWORD")
    add_.add_argument("login")
    add_.add_argument("--name", help="what people call them")
    add_.add_argument("--email", default="")
    add_.add_argument("--admin", action="store_true", help="administrator of the workspace")
    add_.add_argument("--app", help="app in which a role is given")
    add_.add_argument("--role", action="append", default=[], help="role in that app; may be repeated")
    add_.set_defaults(run=run_add)
    reset = user.add_parser("reset", help="another password; all sessions end")
    reset.add_argument("login")
    reset.set_defaults(run=run_reset)
    disable = user.add_parser("disable", help="close an account; its records and history stay")
    disable.add_argument("login")
    disable.set_defaults(run=run_disable)
    listed = user.add_parser("list", help="every account")
    listed.set_defaults(run=run_list)

    token = commands["token"].add_subparsers(dest="action", required=True, metavar="ACTION")
    make = token.add_parser("add", help="a new token for an account, shown once")
    make.add_argument("login")
    make.add_argument("--name", default="")
    make.add_argument("--scope", action="append", default=[], help="APP:read or APP:write; may be repeated")
    make.add_argument("--days", type=int, help="days until it ends")
    make.set_defaults(run=run_token)
    revoke = token.add_parser("revoke", help="end a token")
    revoke.add_argument("login")
    revoke.add_argument("prefix", help="the token's first ten characters")
    revoke.set_defaults(run=run_revoke)
    for one in (add_, reset, disable, listed, make, revoke):
        one.add_argument("--database", help="database URL")


def run_add(args: argparse.Namespace, settings: Settings) -> int:
    password = asked_password(args.login)
    if args.role and not args.app:
        raise ValueError("--role needs --app")
    with opened(settings) as engine:
        send = Dispatcher(engine)
        name = args.name or args.login
        command = SaveUser(
            args.login,
            name,
            email=args.email,
            locale=settings.locale,
            password=password,
            is_admin=args.admin,
        )
        send(system(WORKSPACE), command)
        known = user_of(engine, args.login)
        for role in args.role:
            send(system(WORKSPACE), GrantRole(args.app, known.user_id, role))
    print(f"added {args.login}")
    return 0


def user_of(engine: Engine, login: str) -> accounts.UserRow:
    """The account; ``NotFoundError`` where there is none."""
    with engine.database.snapshot() as conn:
        found = accounts.user_by_login(conn, WORKSPACE, login.strip().lower())
    if found is None:
        raise NotFoundError(login=login)
    return found


def run_reset(args: argparse.Namespace, settings: Settings) -> int:
    password = asked_password(args.login)
    _change(args, settings, password=password)
    print(f"new password for {args.login}")
    return 0


def run_disable(args: argparse.Namespace, settings: Settings) -> int:
    _change(args, settings, status="disabled")
    print(f"disabled {args.login}")
    return 0


def _change(args: argparse.Namespace, settings: Settings, **changed: Any) -> None:
    with opened(settings) as engine:
        known = user_of(engine, args.login)
        values = {"email": known.email, "locale": known.locale, "status": known.status, **changed}
        command = SaveUser(known.login, known.name, known.user_id, **values)
        Dispatcher(engine)(system(WORKSPACE), command)


def run_list(args: argparse.Namespace, settings: Settings) -> int:
    with opened(settings) as engine, engine.database.snapshot() as conn:
        for user in accounts.users(conn, WORKSPACE):
            print(f"{user.login:<20} {user.status:<9} {'admin' if user.is_admin else '':<6} {user.name}")
    return 0


def run_token(args: argparse.Namespace, settings: Settings) -> int:
    with opened(settings) as engine:
        actor = actor_of(WORKSPACE, user_of(engine, args.login))
        made = Dispatcher(engine)(actor, SaveToken(args.name, tuple(args.scope), args.days))
    print(made["token"])
    return 0


def run_revoke(args: argparse.Namespace, settings: Settings) -> int:
    with opened(settings) as engine:
        actor = actor_of(WORKSPACE, user_of(engine, args.login))
        Dispatcher(engine)(actor, SaveToken(revoke=args.prefix))
    print(f"revoked {args.prefix}")
    return 0
