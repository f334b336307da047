"""Told: what a page says of what was just done: that it worked, or everything that stood in its way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request
from werkzeug.wrappers import Response as BaseResponse

from builder.errors import BuilderError
from builder.runtime.pages.words import Words
from builder.web.problems import problem_list


def done(path: str, said: str, **query: str) -> BaseResponse:
    """On to ``path``, which says that ``said`` was done."""
    return redirect(f"{path}?{urlencode({**query, 'said': said})}")


def said(words: Words) -> str:
    """What was just done, in words; nothing for what we do not know."""
    key = f"admin.said.{request.args.get('said', '')}"
    return words.say(key) if words.knows(key) else ""


def outcome(words: Words, error: BuilderError | None) -> Mapping[str, Any]:
    """Both, as ``_admin.html`` draws them."""
    return {"problem": refused(words, error), "said": said(words)}


def refused(words: Words, error: BuilderError | None) -> Mapping[str, Any] | None:
    """What stood in the way, as ``_states.html`` draws it."""
    if error is None:
        return None
    return {
        "title": words.message(error.code, error.params, error.message),
        "errors": problem_list(error.problems, words.messages, words.locale),
    }
