"""How soon the pal is silent when the streamer talks, over the whole route: `python bench/yielding.py [turns]`.

A voice through PulseAudio, sounddevice, detector, thread, loop and floor into a pal that would send a sentence every
few hundredths of a second to a real socket. For each turn: milliseconds from the first block of sound with the voice in
it, as PortAudio delivers it, to the microphone's edge, and to the last frame that reached Animaze. Needs pulseaudio.
"""

import asyncio
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bot import Bot  # noqa: E402 - the project is found beside this file
from events import Link, LinkState, LiveEvent  # noqa: E402
from settings import Settings  # noqa: E402
from speech import Microphone  # noqa: E402
from tests.fake_animaze import FakeAnimaze  # noqa: E402
from tests.fakes import EchoBrain, Notebook, Wall, gift  # noqa: E402
from tests.virtual_mic import VirtualMic  # noqa: E402
from tests.voices import RATE, hush, talk, write  # noqa: E402
from voice.animaze import AnimazeAvatar  # noqa: E402

SENTENCE = 0.02
"""Seconds a sentence takes: so short that nearly always one is about to be sent."""

TALK, QUIET = 1.0, 2.8
LOUD = 0.01
"""RMS from which a block holds the voice; the rest of the sound is far below."""

STEP = 0.05


class Crowd:
    """Sends great gifts without end, each thanked for by itself, so that there is always something to say."""

    async def run(self, sink: Callable[[LiveEvent], None], report: Callable[[Link], None]) -> None:
        report(Link(state=LinkState.UP))
        for number in itertools.count():
            event = gift(f"Rose {number}", user=f"viewer {number}", diamonds=29_999)
            object.__setattr__(event, "at", time.time())
            sink(event)
            await asyncio.sleep(STEP)


def listen(onsets: list[float]) -> None:
    """Note when PortAudio delivers the first block with voice after a pause."""
    import sounddevice

    class Noting(sounddevice.RawInputStream):  # type: ignore[misc] # the library has no types
        def __init__(self, callback: Callable[..., None], **options: Any) -> None:
            quiet_since = [0.0]

            def heard(block: Any, *rest: object) -> None:
                now, sound = time.monotonic(), np.frombuffer(bytes(block), "<i2") / 32768
                if np.sqrt((sound**2).mean()) >= LOUD:
                    if now - quiet_since[0] > QUIET / 2:
                        onsets.append(now)
                    quiet_since[0] = now
                callback(block, *rest)

            super().__init__(callback=heard, **options)

    sounddevice.RawInputStream = Noting


async def rehearse(turns: int) -> None:
    onsets: list[float] = []
    edges: list[float] = []
    listen(onsets)
    async with FakeAnimaze(seconds=lambda _: SENTENCE) as animaze:
        settings = Settings.of({"animaze": {"host": "127.0.0.1", "port": animaze.port}, "speech": {"post_gap_ms": 0}})
        avatar = AnimazeAvatar(settings.animaze, settings.speech, estimate=lambda _: SENTENCE, other_ports=())
        bot = Bot(
            settings=settings, source=Crowd(), avatar=avatar, brain=EchoBrain(), people=Notebook(),
            ear=Microphone(settings.microphone), board=Wall(), estimate=lambda _: SENTENCE,
        )  # fmt: skip
        bot.floor.listeners.append(lambda holder: edges.append(time.monotonic()) if holder == "streamer" else None)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(bot.run(stop))
            await asyncio.sleep(3 + turns * (TALK + QUIET))
            stop.set()
        report(onsets, edges, [at for at, _ in animaze.frames])


def report(onsets: list[float], edges: list[float], frames: list[float]) -> None:
    heard = [min([edge - at for edge in edges if 0 <= edge - at < TALK], default=TALK) * 1000 for at in onsets]
    last = [max([frame - at for frame in frames if 0 <= frame - at < TALK], default=0.0) * 1000 for at in onsets]
    busy = sum(any(-0.2 < frame - at < 0 for frame in frames) for at in onsets)
    print(f"{len(onsets)} turns, in {busy} of them the pal was sending; {len(frames)} frames")
    for name, values in (("microphone's edge", heard), ("last frame", last)):
        print(
            f"{name:18} median {median(values):4.0f}  p90 {quantiles(values, n=10)[8]:4.0f}  max {max(values):4.0f} ms"
        )


def main() -> None:
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    if "child" in sys.argv:
        asyncio.run(rehearse(turns))
        return
    pauses = [hush(round(QUIET * RATE), n) for n in range(turns)]
    sound = np.concatenate(
        [np.concatenate([p, talk(TALK, n) * 0.3 + hush(round(TALK * RATE), n)]) for n, p in enumerate(pauses)]
    )
    with VirtualMic() as mic, tempfile.TemporaryDirectory() as folder:
        wav = write(Path(folder) / "turns.wav", sound)
        child = subprocess.Popen([sys.executable, __file__, str(turns), "child"], env=mic.env)
        time.sleep(2)
        mic.play(wav)
        child.wait()


if __name__ == "__main__":
    main()
