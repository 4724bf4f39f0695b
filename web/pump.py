"""Sends the bot's news to all pages: at most one message a tick to each, beside the level meter. A thread of its own.

Nobody here waits for a page, and nothing is made anew for each page: a message is encoded once and put into the queue
that each connection has; what holds sentences, once for each language. What a page is told stands in docs/api.md.
"""

import contextlib
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bridge import News, StatusBoard
from events import Whom
from live.whom import cleaned
from web.cards import brief
from web.feed import Feed
from web.jobs import Jobs
from web.outgoing import Outgoing
from web.server import STOP_SECONDS
from web.words import LANGUAGES, in_language

log = logging.getLogger(__name__)


class Pump:
    """Tells what the board, the shelf and the jobs have to tell, and the status when it changed."""

    TICK = 0.105
    """Seconds; a little more than a tenth, so that a page gets ten messages at most in whichever second one looks at."""

    STATUS_EVERY = 0.2
    TIDY_EVERY = 1.0
    RECENT = 50
    ROOM = "greeted"
    SPOKEN = ("status", "job")
    """What holds sentences."""

    def __init__(self, feed: Feed, board: StatusBoard, status: Callable[[], Mapping[str, Any]], jobs: Jobs) -> None:
        self._feed, self._board, self._status, self._jobs = feed, board, status, jobs
        self._recent: deque[Mapping[str, Any]] = deque(maxlen=self.RECENT)
        self._outgoing = Outgoing()
        self._forgotten: deque[tuple[Whom, float]] = deque(maxlen=self.RECENT)
        """Whose news can still be under way."""

        self._to_tell: deque[Whom] = deque()
        board.on_unfile(self._forget)
        self._order = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._shown: Mapping[str, Any] | None = None
        self._waiting: Mapping[str, Any] = {"lines": [], "at": 0.0}
        self._caption: Mapping[str, Any] | None = None
        self._audited = 0
        self._next_status = self._next_tidy = 0.0

    def greet(self, page: str, language: str) -> None:
        """What a page that has just connected needs to show everything; news follow without a gap or a repeat."""
        with self._order:
            self._feed.emit("status", in_language(self._status(), language), to=page)
            self._feed.emit("events", self._clean(self._recent), to=page)
            self._feed.emit("outbox", self._waiting, to=page)
            if self._caption:
                self._feed.emit("caption", self._caption, to=page)
            for job in self._jobs.all():
                if job.state == "running":
                    self._feed.emit("job", in_language(job.brief(), language), to=page)
            self._feed.server.enter_room(page, self.ROOM, namespace="/")
            self._feed.server.enter_room(page, self._room(language), namespace="/")

    def speak(self, page: str, language: str) -> None:
        """From now on this page, which was greeted, reads that language."""
        with self._order:
            inside = self._feed.server.rooms(page, namespace="/")
            if self.ROOM not in inside or self._room(language) in inside:
                return
            for other in LANGUAGES:
                self._feed.server.leave_room(page, self._room(other), namespace="/")
            self._feed.server.enter_room(page, self._room(language), namespace="/")
            self._feed.emit("status", in_language(self._status(), language), to=page)

    def _room(self, language: str) -> str:
        return f"{self.ROOM}.{language}"

    def __enter__(self) -> "Pump":
        self._reader = self._board.subscribe()
        self._thread = threading.Thread(target=self._run, name="web-pump", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._jobs.close()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
            self._board.unsubscribe(self._reader)

    def _run(self) -> None:
        while not self._closing.wait(self.TICK):
            try:
                self._tick(time.monotonic())
            except Exception:  # border: one piece of news that cannot be sent must not end the feed
                log.exception("news could not be sent to the dashboard")

    def _forget(self, whom: Whom, at: float) -> None:
        self._forgotten.append((whom, at))
        self._to_tell.append(whom)

    def _clean(self, events: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The events without those of viewers who were forgotten since, and without their names."""
        for whom, at in list(self._forgotten):
            events = [
                {**event, "text": cleaned(event["text"], whom)} if event["at"] <= at else event
                for event in events
                if event["at"] > at or not whom.is_(event["username"], "")
            ]
        return list(events)

    def _tell_forgotten(self) -> None:
        """Pages that are open show them no longer either."""
        while self._to_tell:
            usernames = sorted(self._to_tell.popleft().usernames)
            self._recent = deque(self._clean(self._recent), self.RECENT)
            self._outgoing.put("forgotten", {"usernames": usernames})

    def _tick(self, now: float) -> None:
        with self._order:
            self._tell_forgotten()
            level = self._take_in()
            if now >= self._next_status and (status := self._status()) != self._shown:
                self._shown, self._next_status = status, now + self.STATUS_EVERY
                self._outgoing.put("status", status)
            if level:
                self._feed.emit("level", level, to=self.ROOM)
            if message := self._outgoing.next():
                name, payload = message
                if name == "events":
                    payload = self._clean(payload)
                    self._recent.extend(payload)
                self._tell(name, payload)
        if now >= self._next_tidy:
            self._next_tidy = now + self.TIDY_EVERY
            self._feed.tidy()

    def _tell(self, name: str, payload: Any) -> None:
        if name not in self.SPOKEN:
            self._feed.emit(name, payload, to=self.ROOM)
            return
        for language in LANGUAGES:
            room = self._room(language)
            if any(self._feed.server.manager.get_participants("/", room)):
                self._feed.emit(name, in_language(payload, language), to=room)

    def _take_in(self) -> Mapping[str, Any] | None:
        """All that is new, folded; the newest level, which waits for nobody's turn."""
        level = None
        for news in self._drained():
            if news.name == "level":
                level = news.payload
                continue
            self._outgoing.put(news.name, news.payload)
            match news.name:
                case "outbox":
                    self._waiting = news.payload
                case "caption":
                    self._caption = news.payload
                case "caption_end":
                    self._caption = None
        for card in self._board.shelf.news():
            self._outgoing.put("card", brief(card), card["id"])
        for job in self._jobs.news():
            self._outgoing.put("job", job, job["job"])
        self._take_in_audit()
        return level

    def _take_in_audit(self) -> None:
        entries = self._board.audit
        newest = entries[-1]["id"] if entries else 0
        if newest != self._audited:
            before = self._audited if newest > self._audited else 0  # a new stream counts anew
            self._audited = newest
            for entry in entries:
                if entry["id"] > before:
                    self._outgoing.put("audit", entry)

    def _drained(self) -> list[News]:
        news: list[News] = []
        with contextlib.suppress(queue.Empty):
            while len(news) < self._reader.maxsize:  # whoever tells faster than we read does not keep us here
                news.append(self._reader.get_nowait())
        return news
