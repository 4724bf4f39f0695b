"""The log of the dashboard: newest lines, no secret in any of them, from any thread."""

import io
import logging
import threading
from collections.abc import Iterator

import pytest

from web.logs import HIDDEN, LONGEST_TEXT, LogRing, Redactor

PASSWORD = "hunter2-/ä\"quoted'"  # noqa: S105 - nobody's


@pytest.fixture
def ring() -> LogRing:
    return LogRing(capacity=5)


@pytest.fixture
def log(ring: LogRing) -> Iterator[logging.Logger]:
    logger = logging.getLogger("test.logs")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(ring)
    yield logger
    logger.removeHandler(ring)
    logger.propagate = True


def test_the_newest_lines_are_kept_in_order(ring: LogRing, log: logging.Logger):
    """A stream lasts for hours; the log of a dashboard must not grow with it."""
    for number in range(8):
        log.info("line %d", number)
    assert [line["text"] for line in ring.lines()] == [f"line {n}" for n in range(3, 8)]
    assert set(ring.lines()[0]) == {"at", "level", "name", "text"}
    assert ring.lines()[0]["name"] == "test.logs"


@pytest.mark.parametrize(
    ("level", "limit", "texts"),
    [(0, None, ["d", "i", "w", "e"]), (logging.WARNING, None, ["w", "e"]), (0, 2, ["w", "e"]), (0, 0, []), (50, 3, [])],
)
def test_lines_are_chosen_by_level_and_number(ring: LogRing, log: logging.Logger, level, limit, texts):
    """What the page asks for."""
    log.debug("d"), log.info("i"), log.warning("w"), log.error("e")
    assert [line["text"] for line in ring.lines(level, limit)] == texts


@pytest.mark.parametrize(
    "text",
    [
        "key sk-proj-abc_DEF-123456 used",
        "Authorization: Bearer eyJhbGciOi.x-y_z",
        "Cookie: a=1; sessionid=0123456789abcdef; b=2",
        '{"session_id": "0123456789abcdef"}',
        "GET /?token=0123456789abcdef&x=1",
        "sid_tt=0123456789abcdef",
        "api_key='0123456789abcdef'",
        "SIGN_API_KEY=0123456789abcdef",
        "x-api-key: 0123456789abcdef",
        "palfriend_token=0123456789abcdef; Path=/",
    ],
)
def test_what_looks_like_a_secret_is_hidden(ring: LogRing, log: logging.Logger, text: str):
    """Libraries log requests; nobody registers the secrets that appear there."""
    log.info("%s", text)
    (line,) = ring.lines()
    assert HIDDEN in line["text"]
    assert not any(part in line["text"] for part in ("0123456789", "abc_DEF", "eyJ"))


@pytest.mark.parametrize("text", ["task-runner", "max_tokens=100 used", "ask-me-anything-now", "the bearer of news"])
def test_ordinary_words_stay(text: str):
    """A log full of stars helps nobody."""
    assert Redactor().clean(text) == text


@pytest.mark.parametrize(
    "form", [PASSWORD, repr(PASSWORD), "https://x/?k=hunter2-%2F%C3%A4%22quoted%27", '"hunter2-/\\u00e4\\"quoted\'"']
)
def test_a_registered_secret_is_hidden_in_every_form(ring: LogRing, log: logging.Logger, form: str):
    """It may come back inside a URL, JSON or a repr."""
    ring.redactor.hide(PASSWORD)
    log.info("got %s", form)
    assert "hunter2" not in ring.lines()[0]["text"]


def test_a_secret_is_hidden_in_arguments_exceptions_and_stacks(ring: LogRing, log: logging.Logger):
    """Three places that a formatter prints besides the message."""
    ring.redactor.hide("correct horse")
    try:
        float("correct horse")
    except ValueError:
        log.exception("failed with %r", {"key": "correct horse"}, stack_info=True)  # correct horse
    text = ring.lines()[0]["text"]
    assert "correct horse" not in text
    assert "could not convert string to float: '***'" in text
    assert "Stack (most recent call last)" in text


def test_the_console_prints_what_the_filter_left(log: logging.Logger):
    """The same filter stands before the console; its formatter must not print the exception anew."""
    console = logging.StreamHandler(io.StringIO())
    redactor = Redactor()
    redactor.hide("correct horse")
    console.addFilter(redactor)
    log.addHandler(console)
    try:
        float("correct horse")
    except ValueError:
        log.exception("oh %s", "correct horse")
    finally:
        log.removeHandler(console)
    assert "correct horse" not in console.stream.getvalue()
    assert "string to float: '***'" in console.stream.getvalue()


@pytest.mark.parametrize("value", ["", " ", "a", "the"])
def test_a_value_too_short_to_be_a_secret_hides_nothing(value: str):
    """An empty key would put stars between all letters."""
    redactor = Redactor()
    redactor.hide(value)
    assert redactor.clean("a cat in the hat") == "a cat in the hat"


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize("arguments", [(1, 2), (), (Unprintable(),)])
def test_a_wrong_log_call_does_not_stop_its_caller(ring: LogRing, log: logging.Logger, arguments: tuple):
    """A mistake in a log line is no reason to stop talking."""
    log.warning("%s of %d", *arguments) if len(arguments) != 1 else log.warning("%s", *arguments)
    assert len(ring.lines()) == 1


def test_an_endless_line_is_cut(ring: LogRing, log: logging.Logger):
    """2000 lines of a megabyte each would not fit."""
    log.info("x" * 1_000_000)
    assert len(ring.lines()[0]["text"]) == LONGEST_TEXT


def test_many_threads_may_log_hide_and_read_at_once():
    """The bot, the window and the web all log."""
    ring, failures = LogRing(capacity=100), []

    def work(number: int) -> None:
        try:
            for turn in range(200):
                ring.redactor.hide(f"secret-{number}-{turn}")
                ring.handle(logging.LogRecord("t", logging.INFO, "", 0, "secret-%d-%d", (number, turn), None))
                ring.lines(limit=5)
        except Exception as error:  # noqa: BLE001 - border: whatever it is, the test must see it
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failures
    assert {line["text"] for line in ring.lines()} == {HIDDEN}
