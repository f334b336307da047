"""Pictures in prints: what a field of files holds stands on the paper; what is too large, or no picture, is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from builder.runtime.contents import Sent, keep
from builder.runtime.printing import pictures
from builder.runtime.printing.cleaning import cleaned
from builder.runtime.printing.sandbox import PrintEnvironment, rendered
from builder.runtime.printing.values import View, Viewer
from tests.api.papers import PDF, paper_nodes, png
from tests.runtime.world import World, open_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    with closing(made.engine.database):
        made.install(paper_nodes(), "shop")
        yield made


def printed(world: World, template: str, *sent: tuple[str, bytes]) -> str:
    """The template over a record whose field holds those files."""
    ids = keep(world.engine, 1, 1, [Sent(name, content) for name, content in sent])
    with world.reading() as ctx:
        found = pictures.Pictures(ctx).of(ids)
        viewer = Viewer(ctx, "en")
        made = rendered(template, {"record": View({"photos": found})}, PrintEnvironment(viewer.finalize))
    return cleaned(made)


def test_a_picture_stands_on_the_paper(world: World) -> None:
    made = printed(world, "<p>{{ record.photos or 'none' }}</p>", ("a<b>.png", png()))
    assert made.startswith('<p><img class="picture" alt="a&lt;b&gt;.png" src="data:image/png;base64,')
    assert printed(world, "<p>{{ record.photos or 'none' }}</p>") == "<p>none</p>"


def test_pictures_are_printed_one_by_one_too(world: World) -> None:
    template = "{% for one in record.photos %}<p>{{ one }}</p>{% endfor %}"
    made = printed(world, template, ("a.png", png()), ("b.pdf", PDF), ("<i>.txt", b"words"))
    assert made.count("<img") == 1
    assert made.endswith("<p>b.pdf</p><p>&lt;i&gt;.txt</p>")


def test_no_more_is_printed_than_a_job_may_hold(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST", len(png()) + 10)
    made = printed(world, "{{ record.photos }}", ("a.png", png()), ("b.png", png(9)))
    assert made.count("<img") == 1
    assert made.endswith(" b.png")
