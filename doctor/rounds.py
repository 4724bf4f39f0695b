"""The whole examination: all looks at once, each within its limit, and what could not be looked at says because of what.

`examine` blocks for at most the patient's `limit` of seconds, on any thread: the looks run on a loop of their own in a thread that is
left behind should one of them hang.
"""

import asyncio
import contextlib
import functools
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from doctor import in_use, instance
from doctor.animaze import look_at_animaze
from doctor.aside import aside
from doctor.computer import look_at_clock, look_at_disk, port_is_free
from doctor.finding import WORSE, Finding, Light, summary
from doctor.microphone import listen_to_microphone
from doctor.model import find_local_models, look_at_model
from doctor.packages import look_at_packages, look_at_python
from doctor.papers import look_at_gifts, look_at_memory, look_at_secrets, look_at_settings
from doctor.report import PARTS, Report
from doctor.tiktok import look_at_tiktok
from live.library import bring
from mind.chain import PLACES
from settings import Settings
from voice.animaze import KNOWN_PORTS
from voice.pace import FILE as PACE_FILE
from voice.pace import Pace

log = logging.getLogger(__name__)

LIMIT = 13.0
"""Seconds that an examination may take."""

SPARE_SECONDS = 0.5
"""By so much each look ends before the whole, so that what it found is in time."""

READ_SHARE = 0.6
"""Of the time that is left: as long is read in a large file."""

METER_LOOKS, METER_PAUSE = 12, 0.2
DASHBOARD_SECONDS = 1.0
USUAL_PORT = 5000

FAMILIES = (
    ("tiktok", "tiktok_name", "tiktok_live", "sign_server"),
    ("animaze", "animaze_voice", "animaze_pace"),
    ("model", "model_key", "model_name", "model_answer", "model_cost"),
    ("microphone", "microphone_level", "microphone_voice"),
    ("disk", "folder"),
)
"""Parts that are looked at one after the other: the first fault is why the others are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is examined."""

    file: Path
    """Of the settings."""

    root: Path
    """Where the program lies."""

    line: Callable[[str], str]
    """What the avatar shall say, in this language."""

    host: str = "127.0.0.1"
    port: int = USUAL_PORT
    settings: Settings | None = None
    """Of the house that runs in this process; None: those of the file."""

    status: Callable[[], Mapping[str, Any]] | None = None
    """`GET /api/status` of the house that runs in this process."""

    url: str = ""
    """Of the dashboard of the house that runs in this process; empty: that is not known."""

    other_ports: Sequence[int] = KNOWN_PORTS
    local_ports: Mapping[str, int] = field(default_factory=dict)
    """In place of the usual ports of Animaze and of model servers on this computer."""

    clock: Callable[[], float] = time.time
    limit: float = LIMIT


def examine(
    patient: Patient, told: Callable[[float], None] = lambda _: None, *, stopped: threading.Event | None = None
) -> Report:
    """Look at everything. `told` hears how much of it is done, 0..1; `stopped` ends it early."""
    began, visit, over = time.monotonic(), _Visit(patient), threading.Event()

    def run() -> None:
        try:
            asyncio.run(visit.all())
        except Exception:  # border: the top of the thread, nothing above could see it
            log.exception("the examination ended because of an error")
        finally:
            over.set()

    threading.Thread(target=run, name="doctor", daemon=True).start()
    while not over.wait(0.1) and time.monotonic() - began < patient.limit and not (stopped and stopped.is_set()):
        told(min(0.99, len(visit.found) / len(PARTS)))
    findings = complete(list(visit.found))
    told(1.0)
    seconds = round(time.monotonic() - began, 2)
    return Report(findings=findings, seconds=seconds, at=patient.clock(), language=visit.language)


def complete(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """All parts in their order; who is missing was not looked at, because of somebody."""
    known = {finding.id: finding for finding in found}
    return tuple(known.get(part) or _skipped(part, known) for part in PARTS)


def _skipped(part: str, known: Mapping[str, Finding]) -> Finding:
    because = _because(part, known)
    code, params = ("skipped", {"because": because}) if because else ("not_finished", {})
    return Finding(id=part, light=Light.SKIPPED, code=code, params=params)


def _because(part: str, known: Mapping[str, Finding]) -> str:
    """The part that is in the way of this one; empty when it only took too long."""
    family = next((family for family in FAMILIES if part in family), ())
    unwell = [known[name] for name in family if name in known and known[name].light is not Light.GREEN]
    if unwell:
        return max(unwell, key=lambda finding: WORSE.index(finding.light)).id
    for first in ("settings", "secrets"):
        if first in known and known[first].light is Light.RED and part not in {"disk", "folder"}:
            return first
    return ""


def _status_of(url: str) -> in_use.Status | None:
    told = instance.ask(url, "/api/status", DASHBOARD_SECONDS)
    return told if isinstance(told, dict) else None


class _Visit:
    """One examination; `found` grows, on the loop's thread."""

    def __init__(self, patient: Patient) -> None:
        self.patient, self.found, self.language = patient, list[Finding](), "en"
        self._dates: list[tuple[str, float]] = []
        self._again: Callable[[], in_use.Status | None] = lambda: None
        """A fresh look at the status of the PalFriend that runs."""
        self._until = time.monotonic() + patient.limit - SPARE_SECONDS

    @property
    def left(self) -> float:
        """Seconds that a look that begins now may take."""
        return max(SPARE_SECONDS, self._until - time.monotonic())

    async def all(self) -> None:
        """Everything that can be looked at."""
        patient = self.patient
        async with asyncio.TaskGroup() as group:
            group.create_task(self._aside(lambda: (look_at_python(), look_at_packages(patient.root))))
            settings = await self._settings()
            group.create_task(self._aside(lambda: look_at_disk(self._folders(settings))))
            status = await self._neighbours()
            if settings is not None:
                await self._parts(settings, status, group)

    async def _settings(self) -> Settings | None:
        if self.patient.settings is not None:
            params = {"file": self.patient.file.name}
            self.found.append(Finding(id="settings", light=Light.GREEN, code="settings_fit", params=params))
            self.language = self.patient.settings.style.language
            return self.patient.settings
        try:
            finding, settings = await aside(lambda: look_at_settings(self.patient.file), self.left)
        except TimeoutError:
            return None
        self.found.append(finding)
        if settings is not None:
            self.language = settings.style.language
        return settings

    def _folders(self, settings: Settings | None) -> list[Path]:
        folder = self.patient.file.absolute().parent
        if settings is None:
            return [folder]
        memory, gifts, recording = settings.memory, settings.gifts, settings.recording
        wanted = [folder]
        if memory.enabled and memory.file != ":memory:":
            wanted.append((folder / memory.file).parent)
        if memory.enabled and gifts.file:
            wanted.append((folder / gifts.file).parent)
        if recording.enabled:
            wanted.append(folder / recording.folder)
        return wanted

    async def _parts(self, settings: Settings, status: in_use.Status | None, group: asyncio.TaskGroup) -> None:
        folder = self.patient.file.absolute().parent
        secrets = look_at_secrets(settings)
        self.found.append(secrets)
        wrong = str(secrets.details.get("field", ""))
        group.create_task(self._aside(lambda: look_at_memory(settings, folder, READ_SHARE * self.left)))
        group.create_task(self._aside(lambda: look_at_gifts(settings, folder, READ_SHARE * self.left)))
        using = status if in_use.is_using(status) else None
        if using is None:
            await self._library()
        group.create_task(self._local_models())
        group.create_task(self._fallbacks(settings))
        group.create_task(self._microphone(settings, using))
        group.create_task(self._animaze(settings, using, status))
        async with asyncio.TaskGroup() as who_tell_the_time:
            if not wrong.startswith("openai."):
                who_tell_the_time.create_task(
                    self._within(look_at_model(settings, within=self.left - SPARE_SECONDS, note_date=self._date))
                )
            if using is not None:
                self.found += in_use.tiktok_in_use(using)
            elif not wrong.startswith("tiktok."):
                who_tell_the_time.create_task(self._within(self._tiktok(settings)))
        self.found.append(look_at_clock(self._dates))

    async def _library(self) -> None:
        """TikTok's, before anything is timed: loading it keeps the processor busy, and the others' answers would seem slow."""
        with contextlib.suppress(TimeoutError):
            await aside(bring, READ_SHARE * self.left)

    async def _tiktok(self, settings: Settings) -> tuple[Finding, ...]:
        clock, within = self.patient.clock, self.left - SPARE_SECONDS
        return await look_at_tiktok(settings.tiktok, within=within, signature=True, note_date=self._date, clock=clock)

    async def _fallbacks(self, settings: Settings) -> None:
        """The further models, as one part: the worst of them."""
        wanted = [name for name in PLACES[1:] if settings[name].enabled]
        found: list[Finding] = []
        for name in wanted:
            found += await look_at_model(settings, section=name, within=(self.left - SPARE_SECONDS) / len(wanted))
        if not found:
            self.found.append(Finding(id="fallback", light=Light.SKIPPED, code="fallback_off"))
            return
        told = summary(found)
        code = "fallback_answers" if told.light is Light.GREEN else told.code
        self.found.append(replace(told, id="fallback", code=code))

    def _date(self, text: str) -> None:
        self._dates.append((text, self.patient.clock()))

    async def _neighbours(self) -> in_use.Status | None:
        """The port, and other PalFriends; the status of the one whose connections are to be looked at."""
        patient, ours = self.patient, self.patient.status
        folder = patient.file.absolute().parent
        marks = await aside(lambda: instance.running(folder), self.left)
        urls = {mark.url for mark in marks}
        if ours is not None:
            port = patient.url.rpartition(":")[2]
            self._port("port_ours" if port else "port_unknown", port)
        elif await aside(lambda: patient.port == 0 or port_is_free(patient.host, patient.port), self.left):
            self._port("port_free", str(patient.port))
        else:
            url = f"http://127.0.0.1:{patient.port}"
            if url not in urls and await self._is_palfriend(url):
                urls.add(url)
            self._port("port_ours" if url in urls else "port_taken", str(patient.port))
        several = len(urls) > 1
        light, code = (Light.YELLOW, "second_running") if several else (Light.GREEN, "only_one")
        params = {"urls": ", ".join(sorted(urls))}
        self.found.append(Finding(id="running", light=light, code=code, params=params, details={"count": len(urls)}))
        if ours is not None:
            self._again = ours
            return ours()
        return await self._status(sorted(urls))

    def _port(self, code: str, port: str) -> None:
        light = Light.RED if code == "port_taken" else Light.GREEN
        params = {"port": port, "other": str(self.patient.port + 1)}
        self.found.append(Finding(id="ports", light=light, code=code, params=params))

    async def _is_palfriend(self, url: str) -> bool:
        told = await aside(lambda: instance.ask(url, "/api/version", DASHBOARD_SECONDS), self.left)
        return isinstance(told, dict) and {"version", "demo"} <= told.keys()

    async def _status(self, urls: Sequence[str]) -> in_use.Status | None:
        """Of the first that runs a bot, else of the first."""
        found: list[tuple[str, in_use.Status]] = []
        for url in urls:
            asked = functools.partial(_status_of, url)
            if (status := await aside(asked, self.left)) is not None:
                found.append((url, status))
        if not found:
            return None
        url, first = next((pair for pair in found if in_use.is_using(pair[1])), found[0])
        self._again = functools.partial(_status_of, url)
        return first

    async def _animaze(self, settings: Settings, using: in_use.Status | None, status: in_use.Status | None) -> None:
        if using is not None:
            self.found += in_use.animaze_in_use(using)
            return
        if settings.safety.mode == "captions":
            self.found.append(Finding(id="animaze", light=Light.SKIPPED, code="captions"))
            return
        silenced = bool(status and status.get("silenced"))
        pace = Pace(settings, self.patient.file.absolute().parent / PACE_FILE)
        line = "" if silenced else self.patient.line(settings.style.language)
        others = self.patient.other_ports
        await self._within(
            look_at_animaze(settings, line=line, pace=pace, within=self.left - SPARE_SECONDS, other_ports=others)
        )
        if silenced:
            self.found.append(Finding(id="animaze_voice", light=Light.SKIPPED, code="silenced"))

    async def _microphone(self, settings: Settings, using: in_use.Status | None) -> None:
        if using is None:
            await self._aside(lambda: listen_to_microphone(settings.microphone))
            return
        looks = [using]
        for _ in range(METER_LOOKS):
            await asyncio.sleep(METER_PAUSE)
            if (look := await aside(self._again, self.left)) is not None:
                looks.append(look)
        self.found += in_use.microphone_in_use(looks)

    async def _local_models(self) -> None:
        found = await find_local_models(ports=self.patient.local_ports)
        servers = ", ".join(f"{finding.params['server']} ({finding.params['models']})" for finding in found)
        details = {finding.id: dict(finding.details) for finding in found}
        code = "local_models" if found else "local_none"
        params = {"servers": servers}
        self.found.append(Finding(id="local_models", light=Light.GREEN, code=code, params=params, details=details))

    async def _within(self, look: Awaitable[tuple[Finding, ...]]) -> None:
        """What this look finds, if it finds it in time."""
        try:
            async with asyncio.timeout(self.left):
                self.found += await look
        except TimeoutError:
            log.warning("a look took too long")

    async def _aside(self, look: Callable[[], Finding | tuple[Finding, ...]]) -> None:
        try:
            found = await aside(look, self.left)
        except TimeoutError:
            log.warning("a look took too long")
            return
        self.found += [found] if isinstance(found, Finding) else found
