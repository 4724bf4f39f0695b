"""Every reason that the doctor can give has a cause and a remedy, in both languages, with the places it fills."""

import ast
import json
import re
from pathlib import Path

import pytest

from doctor import tiktok
from doctor.finding import Finding, Light, summary, worst
from doctor.in_use import BUSY, FINE, LIVE, NAME, SIGN, YELLOW
from doctor.model import FAILURES
from doctor.report import PARTS, Report
from live import diagnosis
from store.files import SQLITE_REASONS
from web.words import say

ROOT = Path(__file__).parent.parent
WORDS = {n: json.loads((ROOT / "locales" / f"{n}.json").read_text(encoding="utf-8"))["doctor"] for n in ("en", "de")}
NOT_CODES = {"title", "line", "wait", "bundle", "verdict", "sign", "name"}
PLACE = re.compile(r"\{(\w+)\}")
MICROPHONE = {"mic_no_library", "mic_no_device", "mic_not_found", "mic_lost", "mic_refused", "mic_moved", "mic_off"}
ADDRESS = {"tiktok_session_invalid", "tiktok_address_invalid", "tiktok_name_missing", "tiktok_name_invalid"}


def written() -> set[str]:
    """Texts of the wing that are the keys of a reason."""
    found = set()
    for file in (ROOT / "doctor").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in WORDS["en"]:
                found.add(node.value)
    return found - NOT_CODES


def possible() -> set[str]:
    sorts = {d.code for d in vars(diagnosis).values() if isinstance(d, diagnosis.Diagnosis)}
    polled = {"tiktok_offline", "tiktok_ended"}  # said as tiktok_not_live
    files = {"gifts_foreign"} | {
        code.replace("memory_", f"{part}_") for code in SQLITE_REASONS.values() for part in ("memory", "gifts")
    }
    more = {f"{part}_{state}" for part in ("memory", "gifts") for state in ("whole", "new", "off", "newer", "failed")}
    linked = (NAME | LIVE | SIGN | YELLOW) - FINE - BUSY
    return (
        written()
        | (sorts - polled)
        | set(FAILURES)
        | files
        | more
        | linked
        | MICROPHONE
        | ADDRESS
        | {"tiktok_unsteady"}
    )


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_reason_has_a_cause_and_a_remedy(language: str):
    words = WORDS[language]
    for code in sorted(possible()):
        assert set(words.get(code, ())) == {"cause", "remedy"}, code
        assert all(words[code].values()), code
    assert set(words["name"]) == set(PARTS)


def test_no_sentence_is_left_that_nobody_says():
    assert set(WORDS["en"]) - NOT_CODES == possible()


def test_both_languages_fill_the_same_places():
    def places(language: str) -> dict[str, set[str]]:
        return {
            f"{code}.{kind}": set(PLACE.findall(text))
            for code, texts in WORDS[language].items()
            if isinstance(texts, dict)
            for kind, text in texts.items()
        }

    assert places("en") == places("de")


def test_a_report_reads_like_this():
    findings = (
        Finding(id="python", light=Light.GREEN, code="python_fits", params={"version": "3.12.1"}),
        Finding(
            id="animaze", light=Light.RED, code="animaze_unreachable", params={"host": "localhost", "port": "9000"}
        ),
        Finding(id="animaze_voice", light=Light.SKIPPED, code="skipped", params={"because": "animaze"}),
    )
    report = Report(findings=findings, seconds=2.04, at=0.0, language="en")

    assert report.lines(say) == [
        "PalFriend's doctor",
        "      ok  Python: Python 3.12.1 fits.",
        "   FAULT  Animaze: Animaze does not answer at localhost:9000, nor at its other usual ports.",
        "          > Start Animaze and switch on Settings > Animaze API > Enabled; the port there must be 9000.",
        "       –  Animaze speaks: Not looked at: first “Animaze” must be well.",
        "Something is wrong: put right what is marked as a fault (2.0 s).",
    ]
    assert report.exit_code == 2
    assert report.as_json(say)["checks"][2]["cause"] == "Not looked at: first “Animaze” must be well."


def test_what_was_skipped_makes_nothing_worse_and_the_worst_counts():
    assert worst([]) is worst([Light.SKIPPED, Light.GREEN]) is Light.GREEN
    assert worst([Light.GREEN, Light.YELLOW, Light.SKIPPED]) is Light.YELLOW
    assert worst([Light.RED, Light.YELLOW]) is Light.RED


def test_a_summary_is_the_worst_with_everything_that_was_learned():
    """For a page that shows one line: the wizard's steps."""
    found = summary(
        [
            Finding(
                id="a", light=Light.GREEN, code="x", details={"title": "t"}, suggestion={"tiktok": {"unique_id": "n"}}
            ),
            Finding(id="b", light=Light.YELLOW, code="y", details={"port": 1}, suggestion={"animaze": {"port": 1}}),
        ]
    )

    assert (found.id, found.code) == ("b", "y")
    assert found.details == {"title": "t", "port": 1}
    assert found.suggestion == {"tiktok": {"unique_id": "n"}, "animaze": {"port": 1}}


@pytest.mark.parametrize(
    ("told", "quota"),
    [
        ({"minute": {"max": 10, "remaining": 3}}, {"minute": {"max": 10, "remaining": 3}}),
        ({"minute": {"max": "many", "remaining": 3}, "day": 7}, {}),
        ([], {}),
        (None, {}),
        ({"hour": {"max": 0, "remaining": 0}, "day": {"max": 5, "remaining": -1}}, {}),
    ],
)
def test_of_a_strange_answer_about_limits_only_what_can_be_one_is_taken(told: object, quota: dict[str, object]):
    assert tiktok._quota(told) == quota
