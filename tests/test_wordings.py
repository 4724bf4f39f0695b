"""The streamer's own lines: easy to write, and a mistake is named with its line instead of silencing the pal."""

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import Link, LinkState
from mind.gate import SafeMouth
from mind.templates import LINES, Templates
from mind.wordings import LARGEST, WordingError, WordingFile, parse

MOUTH = SafeMouth({})

GOOD = """\
# my own
de:
  follow:
    - "Danke dir, {names}!"
    - 'Schön, dass du folgst, {names}!'
  join: Hallo {names}!
en:
  gift:
    - "{name}, thank you for the {gift}!"
  like:
"""


def test_own_lines_stand_in_the_place_of_the_built_in_ones():
    templates = Templates(parse(GOOD, MOUTH))

    assert [templates.line("follow", "de") for _ in range(3)] == [
        "Danke dir, {names}!",
        "Schön, dass du folgst, {names}!",
        "Danke dir, {names}!",
    ]
    assert templates.line("join", "de") == "Hallo {names}!"
    assert templates.line("gift", "en", name="Ada", gift="Rose") == "Ada, thank you for the Rose!"
    assert templates.line("like", "en") in LINES["en"]["like"], "nothing written means the built-in lines"
    assert templates.chosen("gift", "de") in LINES["de"]["gift"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "en:\n", "en:\n  gift:\n", "en:\n  gift: []\n", "\n\n"])
def test_nothing_written_means_the_built_in_lines(text: str):
    templates = Templates(parse(text, MOUTH))

    assert templates.chosen("gift", "en") == LINES["en"]["gift"][0]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("en:\n  gifft:\n    - x", 2, ["gifft", "gift"]),
        ("fr:\n  gift:\n    - x", 1, ["fr", "en, de"]),
        ("en:\n  gift:\n    - Thanks, {nmae}!", 3, ["gift", "{nmae}", "{gift}, {name}"]),
        ("en:\n  follow:\n    - Thanks, {name}!", 3, ["follow", "{name}", "{names}"]),
        ("en:\n  forgotten:\n    - Bye {name}!", 3, ["forgotten", "none"]),
        ("en:\n  gift:\n    - One sentence. And another.", 3, ["one sentence"]),
        ("en:\n  gift:\n    - '!!!'", 3, ["one sentence"]),
        ("en:\n  gift:\n    - Thanks, {name!", 3, ["brace"]),
        ("en:\n  gift:\n    - {name}, thanks!", 3, ["quotation marks"]),
        ("en:\n  gift:\n    - {name}", 3, ["quotation marks"]),
        ("en:\n  gift:\n    - Thanks: you rock", 3, ["quotation marks"]),
        ("en:\n  gift: [x\n", 3, ["quotation marks"]),
        ("en:\n  gift:\n    - You fucking idiot", 3, ["would not be said", "must not be said"]),
        ("en:\n  gift:\n    - See www.evil.com now", 3, ["would not be said", "link"]),
        ("en:\n  gift:\n    - x\n  gift:\n    - y", 4, ["twice"]),
        ("en:\n  join:\n    - Send me a gift, {names}!", 3, ["would not be said", "Begged"]),
        ("- gift", 1, ["language"]),
        ("en: hello", 1, ["kind of line"]),
        ("gift:\n  - x", 1, ["gift", "language"]),
        ("en:\n\tgift: x", 2, []),
        ("\x00", 1, []),
        ("[" * 5000, 1, []),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, words: list[str]):
    with pytest.raises(WordingError) as raised:
        parse(text, MOUTH)

    problem = raised.value.problems[0]
    assert problem.startswith(f"line {line}: ")
    assert [word for word in words if word not in problem] == []


def test_all_mistakes_are_told_at_once():
    with pytest.raises(WordingError) as raised:
        parse("en:\n  gifft: x\n  gift:\n    - '{x}'\nxx:\n", MOUTH)

    assert sorted(problem.split(":")[0] for problem in raised.value.problems) == ["line 2", "line 4", "line 5"]


@given(st.text(max_size=200))
def test_any_text_is_taken_or_refused_in_words(text: str):
    try:
        parse(text, MOUTH)
    except WordingError as error:
        assert error.problems  # noqa: PT017 - either way is fine


def test_an_alias_bomb_is_refused_in_no_time():
    levels = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 20))
    with pytest.raises(WordingError):
        parse(f"a0: &a0 [x]\n{levels}", MOUTH)


def put(file: Path, content: bytes | None, tick: int) -> None:
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
        os.utime(file, ns=(tick, tick))  # two writes may fall into one tick of the file system's clock


async def watch(file: Path, templates: Templates, *steps: bytes | None) -> list[Link]:
    """What is told after each of these contents of the file; None removes it."""
    told: asyncio.Queue[Link] = asyncio.Queue()
    links = []
    async with asyncio.TaskGroup() as group:
        for step in steps:
            put(file, step, len(links))
            if not links:
                task = group.create_task(WordingFile(file, templates, MOUTH).run(told.put_nowait))
            links.append(await asyncio.wait_for(told.get(), 20))
        task.cancel()
    return links


def test_the_file_is_read_again_when_it_changes_and_a_bad_one_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("mind.wordings.LOOK_SECONDS", 0.02)  # two seconds each would be ten for nothing
    templates, file = Templates(), tmp_path / "templates.yaml"
    good, bad = b"\xef\xbb\xbfen:\n  join: Hi {names}!\n", b"en:\n  join: Hi {nams}!\n"
    links = asyncio.run(watch(file, templates, good, bad))

    assert [link.state for link in links] == [LinkState.UP, LinkState.ERROR]
    assert links[1].code == "templates_wrong"
    assert dict(links[1].params)["problem"].startswith("line 2: join: {nams}")
    assert "templates.yaml, line 2" in caplog.text
    assert templates.chosen("join", "en") == "Hi {names}!"

    assert [link.state for link in asyncio.run(watch(file, templates, good, None))] == [LinkState.UP, LinkState.OFF]
    assert templates.chosen("join", "en") in LINES["en"]["join"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"en:\n  join: Gr\xfc\xdfe!\n", "line 2: save it as UTF-8"), (b"#" * (LARGEST + 1), "larger than")],
)
def test_a_file_that_is_no_such_text_is_refused(tmp_path: Path, content: bytes, problem: str):
    link = asyncio.run(watch(tmp_path / "templates.yaml", Templates(), content))[0]

    assert problem in dict(link.params)["problem"]


def test_a_folder_of_that_name_fails_nothing(tmp_path: Path):
    (tmp_path / "templates.yaml").mkdir()

    async def scenario() -> Link:
        told: asyncio.Queue[Link] = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            rooms = WordingFile(tmp_path / "templates.yaml", Templates(), MOUTH)
            task = group.create_task(rooms.run(told.put_nowait))
            link = await asyncio.wait_for(told.get(), 20)
            task.cancel()
        return link

    assert asyncio.run(scenario()).state is LinkState.ERROR
