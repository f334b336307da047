"""A small application that shows every part of the web room with example data; for tests and for looking at."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, cast

from flask import Flask, jsonify, render_template, request

from builder.web.assets import Assets
from builder.web.install import install
from builder.web.locale import Messages, Texts
from builder.web.preferences import read_preferences
from builder.web.shell import Shell
from tests.web import samples


def current_shell() -> Shell:
    chosen = read_preferences(request)
    return samples.shell(chosen.locale, chosen.theme, chosen.density, request.path)


def create_app(*, reload: bool = False) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["TEMPLATES_AUTO_RELOAD"] = reload
    install(
        app,
        shell=current_shell,
        assets=Assets(reload=reload),
        texts=Texts.load(),
        messages=Messages.load(),
        template_folders=(Path(__file__).parent / "templates",),
    )
    saved: list[dict[str, Any]] = []
    app.extensions["saved"] = saved

    @app.get("/")
    @app.get("/design-system")
    def design_system() -> str:
        return render_template("design_system.html", sample=samples.design_system())

    @app.get("/home")
    def home() -> str:
        return render_template("home.html", sample=samples.design_system(), records=samples.records(8))

    @app.get("/list")
    def listing() -> str:
        records = [
            r
            for r in samples.records(50)
            if request.args.get("q", "").lower() in f"{r['no']}{r['who']}".lower()
        ]
        return render_template("list.html", records=records, sort=request.args.get("sort", "-no"))

    @app.get("/form")
    def form() -> str:
        count = int(request.args.get("lines", "6"))
        return render_template("form.html", form=samples.form(count))

    @app.get("/lookup")
    def lookup() -> Any:
        return jsonify({"items": samples.lookup_rows(request.args.get("q", ""))[:8]})

    @app.get("/scan")
    def scan() -> Any:
        code = request.args.get("q", "")
        rows = [row for row in samples.lookup_rows(code) if row["code"] == code]
        return jsonify({"item": rows[0] if rows else None, "values": {}, "unknown": []})

    @app.post("/lookup")
    def resolve() -> Any:
        texts = cast("dict[str, Any]", request.get_json())["resolve"]
        found = [samples.lookup_rows(text) for text in texts]
        return jsonify({"items": [rows[0] if len(rows) == 1 else None for rows in found]})

    @app.get("/beside")
    def beside() -> Any:
        return jsonify(
            {"items": [{"label": "可用", "value": "1,240.00"}, {"label": "上次成交价", "value": "0.82"}]}
        )

    @app.route("/save", methods=["POST", "PATCH"])
    def save() -> Any:
        body = cast("dict[str, Any]", request.get_json())
        saved.append({"body": body, "headers": dict(request.headers)})
        return samples.answer_to_save(body, request.headers.get("If-Match"))

    @app.post("/bulk")
    def bulk() -> Any:
        ids = cast("dict[str, Any]", request.get_json())["ids"]
        return jsonify(
            {
                "results": [
                    {"id": i, "ok": int(i) % 3 != 0, "message": "" if int(i) % 3 else "金额超过权限"}
                    for i in ids
                ]
            }
        )

    @app.post("/upload")
    def upload() -> Any:
        given = request.files["file"]
        return jsonify({"id": 7, "name": given.filename, "size": len(given.read()), "url": "#"}), 201

    @app.post("/preferences")
    def preferences() -> Any:
        return "", 204

    return app


if __name__ == "__main__":
    sys.stdout.write(f"http://127.0.0.1:{os.environ.get('PORT', '5088')}/design-system\n")
    create_app(reload=True).run(port=int(os.environ.get("PORT", "5088")), threaded=True)
