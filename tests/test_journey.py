"""A stream from the browser's side: Chromium, our own process, and a TikTok, a model's server and an Animaze on real wires.

What the page shows is held against what its neighbours on the wires sent and received.
"""

from pathlib import Path

import needs
import pytest
import yaml
from stand_ins import StandIns, stand_ins
from visits import PICTURES, Order, Server, palfriend, visit

from tests.fake_animaze import FakeAnimaze
from tests.fake_openai import FakeOpenAI, echo
from tests.fake_tiktok import FakeTikTok

STEPS = [
    "opens_without_a_name",
    "refuses_a_wrong_value_at_its_field",
    "keeps_a_right_one",
    "goes_live",
    "counts_what_comes_exactly",
    "shows_what_the_avatar_was_told",
    "tells_what_happened_and_why",
    "applies_a_setting_while_live",
    "takes_over_a_dropped_file_while_live",
    "speaks_german_in_the_dark",
    "fits_a_phone",
    "remembers_the_choices",
    "silences_the_avatar",
    "comes_back_by_itself",
    "is_live_again_after_it_was_killed",
]


def storyteller(message: str) -> str:
    """Three sentences where a story is asked for, so that there is something to silence."""
    return "Once upon a time. There was a cat. It lived happily." if "story" in message else echo(message)


def orders(outside: StandIns, file: Path) -> dict[str, Order]:
    def send(events: list[dict[str, object]]) -> None:
        for event in events:
            outside.do(outside.tiktok.push(event))

    return {
        "tiktok": send,
        "heard": lambda _: outside.animaze.messages,
        "prompts": lambda _: [request["messages"] for request in outside.model.requests],
        "settings": lambda _: yaml.safe_load(file.read_text(encoding="utf-8")),
    }


@pytest.fixture(scope="module")
def on_the_wires(workshop: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    needs.require("chromium")
    folder = tmp_path_factory.mktemp("wires")
    avatar = FakeAnimaze(events=True, seconds=lambda text: 0.1 + len(text) * 0.02)
    with stand_ins(FakeTikTok("streamer"), FakeOpenAI(storyteller), avatar) as outside:
        file = outside.whole_settings(folder / "settings.yaml")
        return visit(workshop, Server(palfriend(file), folder), STEPS, PICTURES / "wires", orders(outside, file))


@pytest.mark.timeout(300)
@needs.component("node")
@needs.component("chromium")
@pytest.mark.parametrize("step", STEPS)
def test_the_page_shows_a_stream_as_it_is(on_the_wires: dict[str, str], step: str) -> None:
    """From the first look to the end of the process and back, with nothing on the browser's console."""
    assert on_the_wires[step] == ""
