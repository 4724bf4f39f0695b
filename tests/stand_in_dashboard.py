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

from flask import jsonify, request
from stand_in_desk import Desk
from stand_in_mouth import Mouth

from app import Dashboard, House
from bridge import Bridge, Orders
from events import Board, Calibrated
from live.demo import MadeUp
from live.viewers import Viewers
from settings import load_settings
from setup.guide import Guide
from tests.web_house import QuietDoctor, QuietProbes
from trying.elsewhere import Elsewhere
from trying.house import Tryout
from trying.shows import Shows
from tuning.watch import Watch
from web.logs import LogRing

HOSTILE = '<img src=x onerror="document.title=`hacked`"> \u202emirrored ' + "wide" * 60
MOUTH = Mouth(HOSTILE)
DESK = Desk(HOSTILE)
ORDERS = Orders()
FLOOD = {"events": 0}
"""How many more a second, for the asking."""

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
        "viewers": 100 + number % 30,
        "likes": number * 11,
        "cost": {"requests": 12, "input_tokens": 34_000, "output_tokens": 5600, "estimated": True, "money": 0.0123},
        "microphone": {"mode": "listen", "engine": "silero", "bar_dbfs": -35.0},
        "silenced": MOUTH.silenced,
    }


def happening(number: int) -> dict[str, Any]:
    text = HOSTILE if number % 10 == 0 else f"Which song is number {number}?"
    who = {"nickname": f"Änna {number}", "username": "anna"}
    what = {"kind": KINDS[number % len(KINDS)], "text": text, "count": number % 5 + 1, "diamonds": 1}
    return {**who, **what, "at": time.time()}


async def crowd(board: Board, stop: asyncio.Event) -> None:
    with ORDERS.given_to({**MOUTH.handlers(board), **DESK.handlers()}):
        for number in itertools.count():
            if stop.is_set():
                return
            happen(board, number)
            for place in range(FLOOD["events"] // 10):
                board.tell("event", happening(number * 1000 + place))
            level = -60 + 5 * (number % 11)
            board.tell("level", {"rms_dbfs": level, "peak_dbfs": min(0, level + 8), "talking": level > -25})
            await asyncio.sleep(0.1 if FLOOD["events"] else 0.2)


def happen(board: Board, number: int) -> None:
    board.show(status(number))
    board.tell("event", happening(number))
    if number % 8 == 0 and not MOUTH.silenced:
        line = f"Hello Änna {number}, what a lovely question! I would say: it depends on the weather."
        words = [
            {"word": word, "start": place * 0.06, "end": place * 0.06 + 0.05} for place, word in enumerate(line.split())
        ]
        caption = {"text": line, "kind": "answer", "seconds": 1.0, "words": words}
        board.tell("caption", {**caption, "at": time.time(), "demo": True})
    elif number % 8 == 6:
        board.tell("caption_end", {"at": time.time()})


if __name__ == "__main__":
    ended = threading.Event()
    settings, bridge = load_settings(sys.argv[2]), Bridge(crowd, ORDERS)
    own_command = [sys.executable, str(Path(__file__).parent.parent / "main.py")]
    house = House(
        settings=settings,
        watch=Watch(settings),
        bridge=bridge,
        tryout=Tryout(settings=settings, bridge=bridge, demo=True, shows=Shows(settings, Elsewhere(own_command))),
        archive=Viewers(settings, bridge, made_up=MadeUp()),
        logs=LogRing(),
        devices=list,
        calibrate=lambda kind: Calibrated(kind=kind, verdict="ok", level_dbfs=-20.0),
        quit=ended.set,
        doctor=QuietDoctor(),
        guide=Guide(settings, QuietProbes(settings)),
        version="0",
        demo=True,
    )
    dashboard = Dashboard(house, port=int(sys.argv[1]))
    site = dashboard._server.app
    site.add_url_rule(  # a red flag for the asking
        "/api/test/alert", "alert", lambda: jsonify(MOUTH.alert(house.bridge.board)), methods=["POST"]
    )
    site.add_url_rule("/api/test/flood", "flood", lambda: jsonify(FLOOD.update(request.get_json())), methods=["POST"])
    dashboard.start()
    print(dashboard.url, flush=True)
    ended.wait()
    house.bridge.stop()
    dashboard.stop()
