"""A microphone for machines without one: a private PulseAudio server whose sink's monitor is the only input.

What is played arrives in real time in any child process that is started with `env=mic.env`; PortAudio reaches it
through ALSA's bridge. No D-Bus, no hardware, no file outside a temporary folder.
"""

import os
import shutil
import subprocess
import tempfile
import time
import wave
from pathlib import Path
from typing import Self

import numpy as np

RATE = 48_000
START_SECONDS = 30.0


def write_tones(path: Path, pattern: str, block: float = 0.5, rate: int = 16_000) -> None:
    """A wav of blocks of `block` seconds: x a loud voice-like tone (RMS about 0.2), . silence."""
    count = round(block * rate)
    time_axis = np.arange(count) / rate
    tone = sum(np.sin(2 * np.pi * 140 * n * time_axis) / n for n in range(1, 8)) * 0.22
    sound = np.concatenate([tone if c == "x" else np.zeros(count) for c in pattern])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


class VirtualMic:
    """The server and its microphone, as a context."""

    def __init__(self, name: str = "virtmic") -> None:
        self.name = name
        self._home = Path(tempfile.mkdtemp(prefix="mic-"))
        self._socket = self._home / "native"
        home = str(self._home)
        self.env = os.environ | {
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_RUNTIME_PATH": home,
            "PULSE_COOKIE": str(self._home / "cookie"),
            "XDG_RUNTIME_DIR": home,
            "HOME": home,
        }
        self._server: subprocess.Popen[bytes] | None = None
        self._players: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self._start()
            self.plug()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self._players, self._server):
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def _start(self) -> None:
        script = self._home / "mic.pa"
        script.write_text(f"load-module module-native-protocol-unix auth-anonymous=1 socket={self._socket}\n")
        options = [
            "--daemonize=no",
            "--exit-idle-time=-1",
            "--use-pid-file=no",
            "--disable-shm=yes",
            "--log-level=error",
        ]
        self._server = subprocess.Popen(
            ["pulseaudio", "-n", f"--file={script}", *options],
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while self._pactl("info").returncode:
            assert self._server.poll() is None, "pulseaudio ended by itself"
            assert time.monotonic() < deadline, "pulseaudio did not come up"
            time.sleep(0.05)

    def plug(self) -> None:
        """Make the microphone appear, and wait until sound flows through it."""
        sink, source = f"{self.name}_out", f"{self.name}_in"
        one = ["channels=1", "channel_map=mono"]
        self._pactl("load-module", "module-null-sink", f"sink_name={sink}", f"rate={RATE}", *one)
        self._pactl("load-module", "module-remap-source", f"source_name={source}", f"master={sink}.monitor", *one)
        self._pactl("set-default-sink", sink)
        assert self._pactl("set-default-source", source).returncode == 0, "pulseaudio gave no microphone"
        raw = ["--raw", f"--rate={RATE}", "--channels=1", "--latency-msec=10"]
        # Without a player the null sink wakes every two seconds, and a fresh recorder may wait that long.
        self._run("pacat", "--playback", f"--device={sink}", "--format=s16le", *raw, "/dev/zero")
        recorder = subprocess.Popen(
            ["parec", f"--device={source}", *raw], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        with recorder:
            assert recorder.stdout
            recorder.stdout.read(RATE // 5 * 2)
            recorder.terminate()

    def change_default(self, name: str) -> "VirtualMic":
        """What choosing another microphone in the system's settings looks like; returns that one, already plugged in."""
        other = VirtualMic.__new__(VirtualMic)  # a second microphone of the same server, which ends with the first
        other.__dict__ |= vars(self) | {"name": name}
        other.plug()
        return other

    def unplug(self) -> None:
        """What pulling the microphone out looks like."""
        for line in self._pactl("list", "short", "modules").stdout.decode().splitlines():
            number, module = line.split("\t")[:2]
            if module in {"module-remap-source", "module-null-sink"}:
                self._pactl("unload-module", number)

    def play(self, wav: Path) -> subprocess.Popen[bytes]:
        """Say this into the microphone; returns at once."""
        return self._run("paplay", f"--device={self.name}_out", "--latency-msec=20", str(wav))

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, env=self.env, stderr=subprocess.DEVNULL)
        self._players.append(process)
        return process

    def _pactl(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["pactl", *arguments], env=self.env, capture_output=True, check=False)
