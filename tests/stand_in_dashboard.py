"""The real dashboard over a bot that only plays: viewers who write what could break a page, and a voiceless pal.

`python stand_in_dashboard.py PORT SETTINGS_FILE` prints its address and serves until it is killed.
"""

import asyncio
import itertools
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from flask import jsonify
from stand_in_mouth import Mouth

from app import Dashboard, House
from bridge import Bridge, Orders
from events import Board, Calibrated
from live.viewers import Viewers
from settings import load_settings
from web.logs import LogRing

HOSTILE = '<img src=x onerror="document.title=`hacked`"> \u202emirrored ' + "wide" * 60
MOUTH = Mouth(HOSTILE)
ORDERS = Orders()
KINDS = ["comment", "gift", "like", "join", "follow", "share", "subscribe"]


def status(number: int) -> dict[str, Any]:
    counters = {
        "events": {kind: (number + place) // len(KINDS) for place, kind in enumerate(KINDS)},
        "duplicates": number // 9,
        "answered": number // 3,
        "spoken": number // 2,
        "skipped": {"too_short": number // 5, "not_relevant": number // 4, "unheard_of": 1},
        "gifts": {"streaks": number // 7, "diamonds": number * 5},
    }
    return {
        "demo": True,
        "running": True,
        "state": "live",
        "connected": {"tiktok": True, "animaze": True, "openai": True, "microphone": False},
        "links": {
            "tiktok": {"state": "up", "code": "", "params": {}},
            "microphone": {"state": "error", "code": "unheard_of", "params": {"name": HOSTILE}},
        },
        "counters": counters,
        "latency": {"question_to_speech": {"p50": 0.84, "p95": 1.61}, "gift_to_speech": {"p50": None, "p95": None}},
        "queue": number % 4,
        "floor": ("pal", "nobody", "streamer")[number // 8 % 3],
        "mic_level": (number % 20) / 100,
        "silenced": MOUTH.silenced,
    }


def happening(number: int) -> dict[str, Any]:
    text = HOSTILE if number % 10 == 0 else f"Which song is number {number}?"
    who = {"nickname": f"Änna {number}", "username": "anna"}
    what = {"kind": KINDS[number % len(KINDS)], "text": text, "count": number % 5 + 1, "diamonds": 1}
    return {**who, **what, "at": time.time()}


async def crowd(board: Board, stop: asyncio.Event) -> None:
    with ORDERS.given_to(MOUTH.handlers(board)):
        for number in itertools.count():
            if stop.is_set():
                return
            happen(board, number)
            await asyncio.sleep(0.2)


def happen(board: Board, number: int) -> None:
    board.show(status(number))
    board.tell("event", happening(number))
    if number % 8 == 0 and not MOUTH.silenced:
        line = f"Hello Änna {number}, what a lovely question! I would say: it depends on the weather."
        board.tell("caption", {"text": line, "kind": "answer", "seconds": 1.0, "at": time.time(), "demo": True})
    elif number % 8 == 6:
        board.tell("caption_end", {"at": time.time()})


if __name__ == "__main__":
    ended = threading.Event()
    settings, bridge = load_settings(sys.argv[2]), Bridge(crowd, ORDERS)
    house = House(
        settings=settings,
        bridge=bridge,
        archive=Viewers(settings, bridge, demo=True),
        logs=LogRing(),
        devices=list,
        calibrate=lambda kind: Calibrated(kind=kind, verdict="ok", level_dbfs=-20.0),
        quit=ended.set,
        version="0",
        demo=True,
    )
    dashboard = Dashboard(house, port=int(sys.argv[1]))
    dashboard._server.app.add_url_rule(  # a red flag for the asking
        "/api/test/alert", "alert", lambda: jsonify(MOUTH.alert(house.bridge.board)), methods=["POST"]
    )
    dashboard.start()
    print(dashboard.url, flush=True)
    ended.wait()
    house.bridge.stop()
    dashboard.stop()
