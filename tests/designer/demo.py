"""The designer over the in-memory workshop; for tests and for looking at."""

from __future__ import annotations

import os
import sys

from flask import Flask, Request, request

from builder import designer
from builder.commands import Actor
from builder.designer.blueprint import designer_blueprint
from builder.errors import NotSignedInError
from builder.web.assets import STATIC, Assets
from builder.web.install import install
from builder.web.locale import Messages, Texts
from builder.web.preferences import read_preferences
from builder.web.session import check_csrf
from builder.web.shell import Shell, ShellUser
from tests.designer.memory import MemoryWorkshop, catalog

CSRF = "a-token-of-the-tests"


def current_shell() -> Shell:
    chosen = read_preferences(request)
    user = ShellUser("王小明" if chosen.locale == "zh-CN" else "Wang Xiaoming")
    return Shell(
        user=user,
        locale=chosen.locale,
        theme=chosen.theme,
        density=chosen.density,
        csrf=CSRF,
        designer_url="/design/",
    )


def identify(asked: Request) -> Actor:
    """Everybody is an administrator, but for those who say that they are not."""
    if asked.headers.get("X-Test-User") == "stranger":
        raise NotSignedInError
    check_csrf(asked, CSRF)
    if asked.headers.get("X-Test-User") == "clerk":
        return Actor(1, 2, login="clerk", name="小李")
    return Actor(1, 1, login="wang", name="王小明", is_admin=True)


def create_app(workshop: MemoryWorkshop | None = None, *, reload: bool = False) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["TEMPLATES_AUTO_RELOAD"] = reload
    texts, messages = Texts.load(designer.I18N), Messages.load(designer.MESSAGES)
    install(
        app,
        shell=current_shell,
        assets=Assets({"": STATIC, "designer": designer.STATIC}, reload=reload),
        texts=texts,
        messages=messages,
        template_folders=(designer.TEMPLATES,),
    )
    app.add_url_rule("/preferences", view_func=lambda: ("", 204), methods=["POST"], endpoint="preferences")
    shop = workshop or MemoryWorkshop(catalog(), designers={1})
    app.extensions["workshop"] = shop
    app.register_blueprint(
        designer_blueprint(shop, identify, current_shell, texts=texts, messages=messages, judge=shop.judge),
        url_prefix="/design",
    )
    return app


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "5099"))
    sys.stdout.write(f"http://127.0.0.1:{port}/design/\n")
    create_app(reload=True).run(port=port, threaded=True)
