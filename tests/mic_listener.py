"""A program that listens: the child process of tests that need PortAudio in a world of their own.

Prints one JSON line for each edge, link and answer; reads one command a line: devices, state, stop, start, quit,
calibrate <kind>.
Arguments: the device's name, further arguments of the monitor as JSON, and `meters` to be told those, too.
"""

import json
import sys
import threading
import time

from events import Link
from speech import MicrophoneMonitor, MicState, list_devices

METERS = "meters"

_printing = threading.Lock()


def tell(**news: object) -> None:
    with _printing:
        print(json.dumps(news), flush=True)


def link(news: Link) -> None:
    tell(link=news.state, code=news.code, params=dict(news.params))


def main() -> None:
    state = MicState()
    monitor = MicrophoneMonitor(
        mic_state=state,
        device_name=sys.argv[1],
        on_edge=lambda talking: tell(talking=talking),
        on_link=link,
        on_meter=lambda meters: tell(**meters) if METERS in sys.argv else None,
        **json.loads(sys.argv[2]),
    )
    monitor.start()
    for command in sys.stdin:
        match command.strip():
            case "devices":
                tell(devices=list_devices())
            case "state":
                levels = {"level": state.audio_level, "peak": state.peak}
                tell(voice=state.voice_detected, problem=state.problem, engine=state.engine, **levels)
            case "cpu":
                tell(cpu=time.process_time())
            case "stop":
                began = time.monotonic()
                monitor.stop()
                tell(stopped=time.monotonic() - began, threads=[t.name for t in threading.enumerate()])
            case "start":
                monitor.start()
                tell(started=True)
            case "calibrate quiet":
                found = monitor.calibrate("quiet", 1.0)
                tell(verdict=found.verdict, dbfs=found.level_dbfs)
            case "quit":
                break
    monitor.stop()


if __name__ == "__main__":
    main()
