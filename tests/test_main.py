"""The front door: one clear line when it cannot open, and an end within five seconds whichever way it is asked for."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import needs
import pytest

ROOT = Path(__file__).parent.parent
URL = re.compile(r"http://[\w.:\[\]]+")
PATIENCE = 60.0


class Program:
    """Our program as a child; its output is read as it comes."""

    def __init__(self, *arguments: str, cwd: Path, port: int = 0, **environment: str) -> None:
        command = [sys.executable, str(ROOT / "main.py"), "--port", str(port), *arguments]
        self.process = subprocess.Popen(
            command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
            env={**os.environ, **environment},
        )  # fmt: skip
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(self.process.stdout)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def url(self) -> str:
        deadline = time.monotonic() + PATIENCE
        while not (found := URL.search(self.output)):
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.02)
        return found.group()

    def call(self, path: str, method: str = "GET") -> dict[str, object]:
        request = urllib.request.Request(self.url() + path, method=method, headers={"X-PalFriend": "1"})  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own
            body: dict[str, object] = json.load(answer)
        return body

    def end(self) -> tuple[int, float]:
        """(exit code, seconds) from now to its end."""
        asked = time.monotonic()
        code = self.process.wait(30)
        self._reader.join(10)
        return code, time.monotonic() - asked

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "settings.yaml"
    file.write_text("microphone: {enabled: 0}\nanimaze: {port: 9}\n", encoding="utf-8")
    return file


@pytest.fixture
def demo(tmp_path: Path, settings: Path) -> Iterator[Program]:
    program = Program("--demo", "--settings", str(settings), cwd=tmp_path)
    yield program
    program.kill()


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--nonsense"], "--nonsense"),
        (["--port", "ninety"], "ninety"),
        (["--port", "70000"], "70000"),
        (["--log-level", "LOUD"], "LOUD"),
        (["--gui", "--headless"], "--headless"),
        (["--settings"], "--settings"),
        (["--host", "256.1.1.1", "--port", "0"], "256.1.1.1"),
        (["--host", "no such host", "--port", "0"], "no such host"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(arguments: list[str], word: str, tmp_path: Path):
    ended = run(*arguments, cwd=tmp_path)

    assert ended.returncode != 0
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert word in ended.stderr
    assert ended.stderr.startswith("PalFriend")


def test_the_version_is_the_projects(tmp_path: Path):
    ended = run("--version", cwd=tmp_path)

    assert (ended.returncode, ended.stdout) == (0, "PalFriend 0.1.0\n")


def test_help_names_every_option(tmp_path: Path):
    shown = run("--help", cwd=tmp_path).stdout

    for option in "demo headless gui start rehearse intensity seed json settings host port log-level version".split():  # noqa: SIM905 - reads better
        assert f"--{option}" in shown


@pytest.mark.parametrize(
    "content",
    ["comment: {reply_threshold: 7}\n", "a: [", "- list\n", "!!python/object/apply:os.system ['true']", "\x00"],
)
def test_a_bad_settings_file_is_told_in_one_line_and_left_alone(content: str, tmp_path: Path):
    file = tmp_path / "settings.yaml"
    file.write_text(content, encoding="utf-8")
    ended = run("--port", "0", "--settings", str(file), cwd=tmp_path)

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert "settings.yaml" in ended.stderr
    assert file.read_text(encoding="utf-8") == content


def test_all_problems_of_a_settings_file_are_told_with_path_and_line(tmp_path: Path):
    file = tmp_path / "settings.yaml"
    file.write_text("comment:\n  reply_threshold: 7\nanimaze:\n  port: x\n", encoding="utf-8")
    ended = run("--port", "0", "--settings", str(file), cwd=tmp_path)

    assert re.search(r"2\b.*comment\.reply_threshold|comment\.reply_threshold.*\b2\b", ended.stderr)
    assert "animaze.port" in ended.stderr


def test_a_busy_port_is_told_in_one_line(tmp_path: Path, settings: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("--port", str(port), "--settings", str(settings), cwd=tmp_path)

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert str(port) in ended.stderr
    assert "--port" in ended.stderr


def test_it_can_be_run_from_any_folder_and_keeps_its_files_beside_the_settings(tmp_path: Path, settings: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    program = Program("--start", "--settings", str(settings), cwd=elsewhere)
    try:
        program.url()
        deadline = time.monotonic() + PATIENCE
        while not (tmp_path / "memory.db").exists():
            assert time.monotonic() < deadline, program.output
            time.sleep(0.05)
        program.process.send_signal(signal.SIGTERM)
        assert program.end()[0] == 0, program.output
    finally:
        program.kill()
    assert list(elsewhere.iterdir()) == []


def test_the_demo_talks_says_demo_and_leaves_no_trace(demo: Program, tmp_path: Path):
    assert "DEMO" in demo.url() or "DEMO" in demo.output
    deadline = time.monotonic() + PATIENCE
    while not (status := demo.call("/api/status"))["counters"]["spoken"]:  # type: ignore[index]
        assert time.monotonic() < deadline, status
        time.sleep(0.2)

    assert status["demo"] is True
    assert status["state"] == "live"
    assert not any(status["connected"].values())  # type: ignore[attr-defined]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["settings.yaml"]


ENDINGS = ["SIGINT", "SIGTERM", *([] if sys.platform == "win32" else ["SIGHUP"]), "quit"]


@pytest.mark.parametrize("way", ENDINGS)
def test_each_way_to_end_it_ends_it_well_within_five_seconds(demo: Program, way: str):
    demo.call("/api/status")
    if way == "quit":
        demo.call("/api/quit", "POST")
    else:
        demo.process.send_signal(getattr(signal, way))
    code, seconds = demo.end()

    assert code == 0, demo.output
    assert seconds < 5.0
    assert "Traceback" not in demo.output


def test_it_ends_while_it_waits_for_everything(tmp_path: Path, settings: Path):
    """Nobody answers: no TikTok, no Animaze, no model - and the end still comes at once."""
    settings.write_text(
        "microphone: {enabled: 0}\nanimaze: {port: 9}\nopenai: {base_url: 'http://127.0.0.1:9/v1'}\n"
        "tiktok: {unique_id: nobody, app_url: 'http://127.0.0.1:9', webcast_url: 'http://127.0.0.1:9', "
        "sign_url: 'http://127.0.0.1:9'}\n",
        encoding="utf-8",
    )
    program = Program("--start", "--settings", str(settings), cwd=tmp_path)
    try:
        deadline = time.monotonic() + PATIENCE
        while program.call("/api/status")["links"].get("openai", {}).get("state") != "error":  # type: ignore[attr-defined]
            assert time.monotonic() < deadline, program.call("/api/status")
            time.sleep(0.1)
        program.process.send_signal(signal.SIGTERM)
        code, seconds = program.end()
    finally:
        program.kill()

    assert code == 0, program.output
    assert seconds < 5.0


def test_without_a_name_the_streamer_is_told_to_enter_one(tmp_path: Path, settings: Path):
    program = Program("--start", "--settings", str(settings), cwd=tmp_path)
    try:
        deadline = time.monotonic() + PATIENCE
        while (status := program.call("/api/status"))["state"] != "error":
            assert time.monotonic() < deadline, status
            time.sleep(0.1)
    finally:
        program.kill()

    assert "TikTok name" in str(status["error"])
    assert status["running"] is True


def test_other_computers_are_let_in_with_the_printed_token_only(tmp_path: Path, settings: Path):
    """Bound to every address, a request to our outer address without the token is refused."""
    program = Program("--host", "0.0.0.0", "--settings", str(settings), cwd=tmp_path)  # noqa: S104 - what is tested
    try:
        url = program.url()
        assert re.search(r"\?token=[\w-]{20,}", program.output)
        assert program.call("/api/status")["state"] == "stopped"
        port = int(url.rsplit(":", 1)[1])
        outer = _outer_address()
        if outer is None:
            pytest.skip("this computer has no other address than its own")
        request = urllib.request.Request(f"http://{outer}:{port}/api/status")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)  # noqa: S310 - our own
        refused.value.close()
        assert refused.value.code in {401, 403, 421}
    finally:
        program.kill()


def _outer_address() -> str | None:
    """An address of this computer that is not its loopback; asking for a route sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = str(probe.getsockname()[0])
        return None if address.startswith("127.") else address


def test_a_measurement_is_the_bots_affair_while_it_runs_and_else_the_microphones():
    """Two programs cannot always have one microphone, and before the first Start there is no bot."""
    import main
    from live.demo import MadeUp
    from settings import Settings

    settings = Settings.of({"microphone": {"device": "no such microphone"}})
    bridge = main.build_bridge(settings, made_up=MadeUp())
    assert main._calibrate(settings, bridge, "pal").verdict == "not_running"
    assert main._calibrate(settings, bridge, "speak").verdict == "no_sound"
    bridge.start()
    try:
        deadline = time.monotonic() + PATIENCE
        while not bridge.order("talking", False):  # it takes orders as soon as it is built
            assert time.monotonic() < deadline
        assert main._calibrate(settings, bridge, "speak").verdict == "mic_off"
    finally:
        assert bridge.stop(PATIENCE)


def test_in_captions_mode_nothing_is_voiced():
    """A Shop live must not be spoken into by a machine; what would be said is shown."""
    import main
    from bridge import StatusBoard
    from settings import Settings
    from voice.animaze import AnimazeAvatar
    from voice.paper import PaperAvatar

    off = {"memory": {"enabled": 0}}
    assert isinstance(main.build_bot(Settings.of(off), StatusBoard()).avatar, AnimazeAvatar)
    captions = Settings.of({**off, "safety": {"mode": "captions"}})
    assert isinstance(main.build_bot(captions, StatusBoard()).avatar, PaperAvatar)


def test_gifts_are_kept_beside_the_settings_unless_viewers_are_not_or_the_streamer_wants_none(tmp_path: Path):
    """Whoever wants nobody remembered wants no gift with a name on the disk."""
    import main
    from bridge import StatusBoard
    from live.books import NoBooks
    from live.demo import MadeUp
    from settings import load_settings
    from store.gifts import GiftBooks

    settings = load_settings(tmp_path / "settings.yaml")
    books = main.build_bot(settings, StatusBoard()).books
    assert isinstance(books, GiftBooks)
    assert books.file.path == tmp_path / "gifts.db"
    assert isinstance(main.build_bot(settings, StatusBoard(), made_up=MadeUp()).books, NoBooks)
    settings.gifts.file = ""
    assert isinstance(main.build_bot(settings, StatusBoard()).books, NoBooks)
    settings.gifts.file, settings.memory.enabled = "gifts.db", False
    assert isinstance(main.build_bot(settings, StatusBoard()).books, NoBooks)
    assert not (tmp_path / "gifts.db").exists()


@needs.component("xvfb")
@needs.component("tk")
def test_the_window_bot_and_dashboard_live_and_end_together(tmp_path: Path, settings: Path, display: str):
    program = Program("--gui", "--demo", "--settings", str(settings), cwd=tmp_path, DISPLAY=display)
    try:
        assert program.call("/api/status")["running"] is True
        program.process.send_signal(signal.SIGTERM)
        code, seconds = program.end()
    finally:
        program.kill()

    assert code == 0, program.output
    assert seconds < 5.0


@needs.component("tk")
@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="a screen is always there")
def test_without_a_screen_the_window_is_refused_in_one_line(tmp_path: Path, settings: Path):
    program = Program("--gui", "--settings", str(settings), cwd=tmp_path, DISPLAY="")
    try:
        code, _ = program.end()
    finally:
        program.kill()

    assert code == 1
    assert len(program.lines) == 1, program.output
    assert "--headless" in program.output
