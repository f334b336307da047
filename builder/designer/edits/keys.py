"""Keys: English snake_case names made from the words that a person typed; nobody has to invent one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from builder.metadata.text import Text, in_locale

UNFIT = re.compile(r"[^a-z0-9]+")
LONGEST = 40


def key_from(words: Text, fallback: str, taken: Iterable[str] = ()) -> str:
    """A free key: from the English words where there are some, else from the sound of the Chinese ones, else ``fallback``."""
    text = in_locale(words, "en")
    stem = UNFIT.sub("_", text.lower() if text.isascii() else _sound(text))
    stem = stem.strip("_")[:LONGEST].strip("_")
    if not stem or not stem[0].isalpha():
        stem = fallback
    known = set(taken)
    key, count = stem, 1
    while key in known:
        count += 1
        key = f"{stem}_{count}"
    return key


def _sound(text: str) -> str:
    # Its dictionary of phrases takes a server 50 MiB and a part of its start; most never make a key.
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    return "_".join(lazy_pinyin(text)).lower()


def words_from(zh: str, en: str = "") -> Text:
    """Words in both languages; one that is missing borrows the other's."""
    zh, en = zh.strip(), en.strip()
    return {"zh-CN": zh or en, "en": en or zh}
