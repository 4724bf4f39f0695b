"""Changes of the settings that come from a page: all or nothing, tried on a copy, saved, and only then taken over."""

import json
import logging
import os
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Literal

from flask import has_request_context, request

from config.problems import in_place
from settings import Settings, SettingsError, alone, changed, save_settings, secrets_of, undo
from tuning.proposal import Proposal
from web.answers import ApiError
from web.guard import is_loopback
from web.logs import Redactor
from web.words import Told, told_by, why

log = logging.getLogger(__name__)

ON_OR_OFF = Told("refusal.send_or", example='{"on": true}', other='{"on": false}')
"""How a switch is sent."""

CASES = "safety_cases.jsonl"
"""Beside the settings: one {word, expect, at} for each word that the streamer allowed or blocked."""

LONGEST_WORD = 100

LAN = "lan"
"""The section of the settings that nobody changes from another device: it lets them in."""

Lesson = Literal["allow", "block"]

LEVEL_OF = {"speak": "voice_level_dbfs", "quiet": "noise_floor_dbfs", "pal": "pal_level_dbfs"}
"""What can be measured, and the setting of the section `microphone` that keeps its level."""


class Changes:
    """The only way by which pages change settings; one change at a time. Any thread."""

    def __init__(self, settings: Settings, redactor: Redactor) -> None:
        self._settings, self._redactor = settings, redactor
        redactor.heed(lambda: secrets_of(settings))

    @property
    def language(self) -> Literal["en", "de"]:
        """In which the pal's own lines are."""
        return self._settings.style.language

    def make(self, changes: Mapping[str, Any]) -> None:
        """Raises ApiError; nothing has changed then."""
        if LAN in changes and has_request_context() and not is_loopback(request.remote_addr or ""):
            raise ApiError(403, Told("lan.only_from_here"))
        with alone():
            trial = self._settings.model_copy(deep=True)
            _apply(trial, changes)
            hide_secrets(trial, self._redactor)
            self._save(trial, save_settings)
            _apply(self._settings, changes)
            self._settings.saved_as(trial)

    def undo(self) -> None:
        """Take the last change back, wherever it came from. Raises ApiError; nothing has changed then."""
        with alone():
            trial = self._settings.model_copy(deep=True)
            try:
                self._save(trial, undo)
            except LookupError as error:
                raise ApiError(409, Told("refusal.no_undo")) from error
            hide_secrets(trial, self._redactor)
            self._settings.saved_as(trial)

    def accept(self, proposal: Proposal) -> None:
        """Make it true, all of it. Raises ApiError when there is a problem with it; nothing has changed then."""
        if proposal.problems:
            fields: dict[str, str] = {problem.path: in_place(problem) for problem in proposal.problems}
            first = Told("refusal.part_unchanged", first=in_place(proposal.problems[0]))
            raise ApiError(400, first, fields=fields)
        if proposal.wishes:
            self.make(proposal.wishes)

    def _save(self, trial: Settings, how: Callable[[Settings], None]) -> None:
        try:
            how(trial)
        except SettingsError as error:
            log.error("the settings could not be saved: %s", error)
            words = Told("refusal.not_saved", problem=told_by(error))
            raise ApiError(507, words, Told("refusal.save_again")) from error

    def teach(self, lesson: Lesson, word: str, at: float) -> None:
        """From now on the word may be said, or never. Each lesson is kept as a case for the tests. Raises ApiError."""
        with alone():
            safety = self._settings.safety
            other: Lesson = "block" if lesson == "allow" else "allow"
            without = [w for w in safety[lesson] if w.casefold() != word.casefold()]
            against = [w for w in safety[other] if w.casefold() != word.casefold()]
            self.make({"safety": {lesson: [*without, word], other: against}})
            expect = "allowed" if lesson == "allow" else "blocked"
            self._keep_case({"word": word, "expect": expect, "at": at})

    def lists(self) -> dict[str, list[str]]:
        """What may be said and what never."""
        safety = self._settings.safety
        return {"allow": list(safety.allow), "block": list(safety.block)}

    def _keep_case(self, case: Mapping[str, Any]) -> None:
        """One write of one whole line; after a crash in the middle of one the next begins anew."""
        line = json.dumps(case, ensure_ascii=False).encode("utf-8") + b"\n"
        try:
            with self._settings.beside(CASES).open("a+b") as file:
                if file.seek(0, os.SEEK_END) and file.seek(-1, os.SEEK_END) is not None and file.read(1) != b"\n":
                    line = b"\n" + line
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            log.error("%s could not be written: %s", CASES, error)
            words = Told("refusal.case_not_written", file=CASES, reason=why(error))
            raise ApiError(507, words, Told("refusal.word_counts")) from error


def word_of(content: Mapping[str, Any]) -> str:
    """The word in a request's body. Raises ApiError unless it is one short line with a letter or digit in it."""
    word = content.get("word")
    if not isinstance(word, str):
        raise ApiError(400, Told("refusal.no_word_given"), Told("refusal.send", example='{"word": "..."}'))
    word = word.strip()
    if len(word) > LONGEST_WORD:
        raise ApiError(400, Told("refusal.word_long", longest=LONGEST_WORD))
    if any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in word) or not any(c.isalnum() for c in word):
        raise ApiError(400, Told("refusal.no_word"), Told("refusal.word_line"))
    return word


def switch_of(content: Mapping[str, Any]) -> bool:
    """`on` in a request's body. Raises ApiError unless it is true or false."""
    on = content.get("on")
    if not isinstance(on, bool):
        raise ApiError(400, Told("refusal.no_switch"), ON_OR_OFF)
    return on


def calibration_of(content: Mapping[str, Any]) -> str:
    """`kind` in a request's body. Raises ApiError unless it is one of `LEVEL_OF`."""
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in LEVEL_OF:
        hint = Told("refusal.send_kind", example='{"kind": "..."}', names=", ".join(LEVEL_OF))
        raise ApiError(400, Told("refusal.no_measure"), hint)
    return kind


def hide_secrets(settings: Settings, redactor: Redactor) -> None:
    """From now on no log shows them."""
    for value in secrets_of(settings):
        redactor.hide(value)


def _apply(settings: Settings, changes: Mapping[str, Any]) -> None:
    try:
        changed(settings, changes)
    except SettingsError as error:
        fields = {problem.path: problem.message for problem in error.problems}
        raise ApiError(400, Told("refusal.values_unchanged"), fields=fields) from error
