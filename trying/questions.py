"""A question tried without speaking it: by the bot where one runs, else by a brain that is made for it. Flask's threads."""

import asyncio
import queue
import time
import uuid

from bridge import Bridge
from corridor.trials import LONGEST_SECONDS, Outcome, Trials
from events import EventKind, LiveEvent
from memory import NoMemory
from mind.emotion import Emotions
from mind.gate import SafeMouth
from mind.judging import Judge
from mind.persona import Personas
from mind.templates import Templates
from mind.wordings import FILE as WORDINGS
from mind.wordings import WordingFile
from response import ResponseEngine
from settings import Settings

PATIENCE = 2 * LONGEST_SECONDS + 5.0
"""Seconds: one question may wait for another one, and each may take its time."""


def question(text: str, username: str = "", nickname: str = "") -> LiveEvent:
    """A comment as if this viewer had written it now."""
    return LiveEvent(
        kind=EventKind.COMMENT,
        user_id="",
        username=username,
        nickname=nickname or username,
        at=time.time(),
        key=f"try:{uuid.uuid4().hex}",
        text=text,
    )


def ask(settings: Settings, bridge: Bridge, asked: LiveEvent, *, demo: bool) -> Outcome:
    """What would be said to it. Blocks until that is known."""
    answer: queue.Queue[Outcome] = queue.Queue()
    if not bridge.order("try", asked, answer.put):
        return asyncio.run(alone(settings, asked, demo=demo))
    try:
        return answer.get(timeout=PATIENCE)
    except queue.Empty:  # the bot's loop hangs
        return Outcome(code="try_stopped")


async def alone(settings: Settings, asked: LiveEvent, *, demo: bool) -> Outcome:
    """As the bot would, but for what it knows of viewers: without it nobody is known."""
    templates = Templates()
    mouth = SafeMouth(settings, templates)
    engine = ResponseEngine(settings, templates=templates, demo=demo)
    try:
        await asyncio.to_thread(WordingFile(settings.beside(WORDINGS), templates, mouth).take_over_now)
        trials = Trials(
            settings=settings,
            brain=engine,
            people=NoMemory(),
            mouth=mouth,
            emotions=Emotions(settings),
            judge=Judge(settings, Personas(settings).names),
            clock=time.time,
        )
        return await trials.outcome(asked)
    finally:
        await engine.close()
