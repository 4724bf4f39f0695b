"""What takes longer than a request may: rehearsals, replays, the doctor. Each in a thread of its own, off the bot's loop.

A route begins one with `jobs.begin("doctor", work)` and answers `(jsonify(job), 202)`; `work(job)` runs in the thread,
calls `job.tell(share)` now and then, which ends it when somebody wants it stopped, and returns the result as JSON.
Pages follow it over the socket (`job`) or by `GET /api/jobs/<id>`, also after they were loaded anew.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Literal

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from web.answers import ApiError
from web.describe import ANYTHING, NUMBER, TEXT, describe, listing, one_of, record
from web.words import Told, told_by

log = logging.getLogger(__name__)

KEPT = 20
"""Jobs whose result can still be asked for."""

STOP_SECONDS = 3.0

State = Literal["running", "done", "failed", "stopped"]

BRIEF = {
    "job": TEXT,
    "kind": TEXT,
    "state": one_of("running", "done", "failed", "stopped"),
    "progress": {"type": "number", "minimum": 0, "maximum": 1},
    "at": NUMBER,
}
JOB = record(BRIEF, {"text": TEXT, "result": ANYTHING, "error": TEXT})
"""JSON Schema of a job: `text` is what it does or says now, `result` is there when it is done, `error` when it failed."""


class JobStoppedError(Exception):
    """Somebody wants it stopped."""


class JobFailedError(Exception):
    """It cannot be done; what is told says why, to the streamer."""


class Job:
    """One piece of work. Its thread writes, every other reads."""

    def __init__(self, name: str, kind: str, lane: str, changed: Callable[["Job"], None]) -> None:
        self.name, self.kind, self.lane, self.at = name, kind, lane, time.time()
        self.state: State = "running"
        self.progress, self.text, self.error = 0.0, "", ""
        self.result: Any = None
        self.wanted = threading.Event()
        """Set when it should stop."""

        self._changed = changed
        self.thread: threading.Thread | None = None

    def tell(self, share: float, text: str = "") -> None:
        """How much of it is done, and what it does. Raises JobStoppedError when it should stop."""
        if self.wanted.is_set():
            raise JobStoppedError
        self.progress = min(1.0, max(self.progress, share))
        self.text = text or self.text
        self._changed(self)

    def end(self, state: State, *, result: Any = None, error: str = "") -> None:
        """Once."""
        self.result, self.error = result, error
        self.progress = 1.0 if state == "done" else self.progress
        self.state = state  # last: whoever reads "done" finds the result
        self._changed(self)

    def brief(self) -> dict[str, Any]:
        """What pages are told while it goes on."""
        facts = {"job": self.name, "kind": self.kind, "state": self.state, "progress": self.progress, "at": self.at}
        return facts | ({"text": self.text} if self.text else {}) | ({"error": self.error} if self.error else {})

    def facts(self) -> dict[str, Any]:
        """All of it."""
        facts = self.brief()
        return facts | ({"result": self.result} if facts["state"] == "done" else {})


class Jobs:
    """All jobs of this run of the program. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._count = 0
        self._news: dict[str, Job] = {}
        self._closed = False

    def begin(self, kind: str, work: Callable[[Job], Any], *, lane: str = "") -> dict[str, Any]:
        """Start it; the job as it is then. Raises ApiError (409) while another one of this lane runs (else: kind)."""
        lane = lane or kind
        with self._lock:
            if self._closed:
                raise ApiError(409, Told("refusal.ending"))
            if busy := next((job for job in self._jobs.values() if job.lane == lane and job.state == "running"), None):
                raise ApiError(409, Told("refusal.job_busy"), Told("refusal.job_wait", job=busy.name))
            self._count += 1
            job = self._jobs[str(self._count)] = Job(str(self._count), kind, lane, self._note)
            while len(self._jobs) > KEPT and (
                old := next((j for j in self._jobs.values() if j.state != "running"), None)
            ):
                del self._jobs[old.name]
            job.thread = threading.Thread(target=_perform, args=(job, work), name=f"web-job-{kind}", daemon=True)
            job.thread.start()
        return job.brief()

    def get(self, name: str) -> Job:
        """Raises ApiError when there is none of this name any more."""
        with self._lock:
            job = self._jobs.get(name)
        if job is None:
            raise ApiError(404, Told("refusal.no_job"), Told("refusal.jobs_kept"))
        return job

    def all(self) -> list[Job]:
        """Newest first."""
        with self._lock:
            return list(self._jobs.values())[::-1]

    def news(self) -> list[dict[str, Any]]:
        """Those that have changed since this was asked the last time, each as it is now."""
        with self._lock:
            changed, self._news = self._news, {}
        return [job.brief() for job in changed.values()]

    def close(self) -> None:
        """Stop them all, wait a while for their threads, and begin no more."""
        with self._lock:
            self._closed = True
        running = [job for job in self.all() if job.state == "running"]
        for job in running:
            job.wanted.set()
        deadline = time.monotonic() + STOP_SECONDS
        for job in running:
            if job.thread is not None:
                job.thread.join(max(0.0, deadline - time.monotonic()))

    def _note(self, job: Job) -> None:
        with self._lock:
            self._news[job.name] = job


def _perform(job: Job, work: Callable[[Job], Any]) -> None:
    try:
        result = work(job)
    except JobStoppedError:
        job.end("stopped")
    except JobFailedError as error:
        job.end("failed", error=told_by(error))
    except Exception:  # border: the top of the thread, nothing above could see it
        log.exception("a job failed: %s", job.kind)
        job.end("failed", error=Told("refusal.inside_job"))
    else:
        job.end("done", result=result)


def add_job_routes(app: Flask, jobs: Jobs) -> None:
    """`GET /api/jobs`, one of them, and its stop."""

    @app.get("/api/jobs")
    @describe("All jobs that are kept, without their results.", answer=record({"jobs": listing(JOB)}))
    def all_jobs() -> ResponseReturnValue:
        """Newest first. A page that was loaded anew finds here what it began."""
        return jsonify({"jobs": [job.brief() for job in jobs.all()]})

    @app.get("/api/jobs/<name>")
    @describe("One job, with its result when it is done.", answer=JOB)
    def one_job(name: str) -> ResponseReturnValue:
        return jsonify(jobs.get(name).facts())

    @app.post("/api/jobs/<name>/stop")
    @describe("Stop a job.", answer=JOB)
    def stop_job(name: str) -> ResponseReturnValue:
        """It ends soon, as `stopped`; one that has ended stays as it is."""
        job = jobs.get(name)
        job.wanted.set()
        return jsonify(job.facts())
