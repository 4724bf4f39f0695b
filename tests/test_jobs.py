"""Jobs over real HTTP and Socket.IO: one at a time, seen by every page, stopped when wanted, gone with the dashboard."""

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask, jsonify, request
from web_house import PATIENCE, Page, ask, eventually, post, web_threads

from bridge import STOPPED, StatusBoard
from web.answers import ApiError, answer_errors
from web.feed import Feed
from web.jobs import KEPT, Job, JobFailedError, Jobs, add_job_routes
from web.logs import Redactor
from web.pump import Pump
from web.server import WebServer


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    jobs.close()


def ended(jobs: Jobs, job: dict[str, object]) -> dict[str, object]:
    return eventually(lambda: (f := jobs.get(str(job["job"])).facts())["state"] != "running" and f)


def until_stopped(job: Job) -> None:
    while not job.wanted.wait(0.01):
        job.tell(0.5)
    job.tell(0.6)


def test_a_job_that_is_done_has_its_result(jobs: Jobs):
    def work(job: Job) -> dict[str, int]:
        job.tell(0.25, "half way to the half")
        return {"answer": 42}

    begun = jobs.begin("sum", work)
    assert begun["kind"] == "sum"
    facts = ended(jobs, begun)
    assert (facts["state"], facts["progress"], facts["result"]) == ("done", 1.0, {"answer": 42})
    assert facts["text"] == "half way to the half"


def test_one_of_a_kind_at_a_time_and_others_beside_it(jobs: Jobs):
    """A rehearsal and a replay share one lane; the doctor has its own."""
    first = jobs.begin("rehearsal", until_stopped, lane="show")
    with pytest.raises(ApiError) as raised:
        jobs.begin("replay", until_stopped, lane="show")
    assert raised.value.status == 409
    assert ended(jobs, jobs.begin("doctor", lambda _: 1))["state"] == "done"
    jobs.get(str(first["job"])).wanted.set()
    facts = ended(jobs, first)
    assert facts["state"] == "stopped"
    assert "result" not in facts
    assert ended(jobs, jobs.begin("replay", lambda _: 1, lane="show"))["state"] == "done"


def test_many_who_begin_the_same_at_once_get_it_once(jobs: Jobs):
    """Two pages and an impatient finger."""
    begun: list[object] = []
    refused: list[ApiError] = []

    def begin() -> None:
        try:
            begun.append(jobs.begin("rehearsal", until_stopped))
        except ApiError as error:
            refused.append(error)

    threads = [threading.Thread(target=begin) for _ in range(20)]
    [thread.start() for thread in threads]
    [thread.join(PATIENCE) for thread in threads]
    assert (len(begun), len(refused)) == (1, 19)


def test_why_a_job_failed_is_told_and_what_was_unforeseen_only_to_the_log(jobs: Jobs, caplog: pytest.LogCaptureFixture):
    def known(job: Job) -> None:
        raise JobFailedError("There is no such recording.")

    def unforeseen(job: Job) -> None:
        raise ValueError("/home/somebody/secret")

    assert ended(jobs, jobs.begin("one", known))["error"] == "There is no such recording."
    facts = ended(jobs, jobs.begin("other", unforeseen))
    assert facts["state"] == "failed"
    assert "secret" not in str(facts)
    assert "secret" in caplog.text


def test_only_the_newest_are_kept_and_never_at_the_cost_of_one_that_runs(jobs: Jobs):
    running = jobs.begin("long", until_stopped)
    for number in range(KEPT + 5):
        ended(jobs, jobs.begin(f"short {number}", lambda _: 1))
    names = [job.name for job in jobs.all()]
    assert len(names) == KEPT
    assert running["job"] in names
    with pytest.raises(ApiError):
        jobs.get("2")


def test_progress_never_goes_back_and_news_are_told_once(jobs: Jobs):
    """A page draws a bar."""
    go = threading.Event()

    def work(job: Job) -> int:
        for share in (0.5, 0.2, 7.0):
            job.tell(share)
        go.wait(PATIENCE)
        return 1

    job = jobs.get(str(jobs.begin("work", work)["job"]))
    eventually(lambda: job.progress == 1.0)
    assert [news["progress"] for news in jobs.news()] == [1.0]
    assert jobs.news() == []
    go.set()
    eventually(lambda: [news["state"] for news in jobs.news()] == ["done"])


@pytest.fixture
def served(jobs: Jobs) -> Iterator[tuple[int, Callable[[], None]]]:
    app = Flask("jobs", static_folder=None)
    answer_errors(app, Redactor())
    add_job_routes(app, jobs)
    app.add_url_rule("/begin", "begin", lambda: (jsonify(jobs.begin("work", until_stopped)), 202), methods=["POST"])
    feed = Feed(app)
    pump = Pump(feed, StatusBoard(), lambda: STOPPED, jobs)
    feed.on_event("connect", lambda *_: pump.greet(request.sid, "en"))
    server = WebServer(app, port=0)
    pump.__enter__()
    server.start()

    def leave() -> None:
        pump.__exit__(None, None, None)
        feed.close(server)

    yield server.server_port, leave
    leave()


def test_a_page_follows_a_job_and_one_that_comes_later_finds_it(served, jobs: Jobs):
    port, _ = served
    page = Page(port)
    page.next("status")
    begun = post(port, "/begin").json
    name = begun["job"]
    assert page.next("job", lambda job: job["progress"] == 0.5)["job"] == name
    assert [job["job"] for job in ask(port, "/api/jobs").json["jobs"]] == [name]
    assert post(port, "/begin").status == 409
    assert post(port, f"/api/jobs/{name}/stop").status == 200
    assert page.next("job", lambda job: job["state"] != "running")["state"] == "stopped"
    assert ask(port, f"/api/jobs/{name}").json["state"] == "stopped"
    assert ask(port, "/api/jobs/999").status == 404
    page.close()


def test_nothing_of_a_job_is_left_when_the_dashboard_ends(served, jobs: Jobs):
    port, leave = served
    post(port, "/begin")
    assert any(name.startswith("web-job") for name in web_threads())
    leave()
    assert not any(name.startswith("web-job") for name in web_threads())
    with pytest.raises(ApiError):
        jobs.begin("late", until_stopped)
