"""Looks at Animaze: where it answers, whether it speaks, whether it tells when, how quick its voice is. A loop.

The line that it speaks goes the way of every line, through the same adapter. Only while no bot has the avatar.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence

from doctor.finding import Finding, Light
from events import AvatarError, Link, LinkState
from settings import Settings
from voice.animaze import KNOWN_PORTS, AnimazeAvatar
from voice.duration import BASE_SECONDS, sound_of
from voice.mouth import Line
from voice.pace import QUICKEST, SLOWEST, Pace

ROUNDS = 3
"""How often all ports are tried before Animaze counts as away: the second of them believes a silent one."""

BETWEEN_SECONDS = 0.1
FOREVER = 3600.0


async def look_at_animaze(
    settings: Settings,
    *,
    line: str = "",
    pace: Pace | None = None,
    within: float = 12.0,
    other_ports: Sequence[int] = KNOWN_PORTS,
) -> tuple[Finding, ...]:
    """Finding `animaze`, and with a `line` to speak `animaze_voice` and `animaze_pace`.

    Details: host, port, whether Animaze tells when it speaks, seconds per character. Suggestion: the port where it is.
    What is learned of the voice goes into `pace`. A `line` of 40 letters or more tells how quick the voice is.
    """
    known = Pace(settings) if pace is None else pace
    loop = asyncio.get_running_loop()
    met, deadline = loop.create_future(), loop.time() + within
    avatar = AnimazeAvatar(
        settings.animaze,
        settings.speech,
        estimate=known.seconds,
        pace=known,
        other_ports=other_ports,
        delays=lambda: _delays(met),
    )
    async with asyncio.TaskGroup() as group:
        running = group.create_task(avatar.run(lambda link: _meet(met, link)))
        try:
            async with asyncio.timeout_at(deadline):
                link = await met
            if link is None:
                return (_away(settings),)
            spoken = await _speech(avatar, line, known, deadline) if line else ()
            return (_found(settings, link), *spoken)
        except TimeoutError:
            return (_away(settings),)
        finally:
            running.cancel()


def _meet(met: "asyncio.Future[Link | None]", link: Link) -> None:
    if link.state is LinkState.UP and not met.done():
        met.set_result(link)


def _delays(met: "asyncio.Future[Link | None]") -> Iterator[float]:
    """Between the rounds; after the last of them nobody has been met, and nobody waits for another."""
    yield from [BETWEEN_SECONDS] * (ROUNDS - 1)
    if not met.done():
        met.set_result(None)
    while True:
        yield FOREVER


def _away(settings: Settings) -> Finding:
    place = settings.animaze
    params = {"host": place.host, "port": str(place.port)}
    return Finding(id="animaze", light=Light.RED, code="animaze_unreachable", params=params)


def _found(settings: Settings, link: Link) -> Finding:
    params = dict(link.params) or {"host": settings.animaze.host, "port": str(settings.animaze.port)}
    port = int(params["port"])
    other = link.code == "animaze_other_port"
    return Finding(
        id="animaze",
        light=Light.YELLOW if other else Light.GREEN,
        code="animaze_other_port" if other else "animaze_found",
        params={**params, "set": str(settings.animaze.port)},
        details={"host": settings.animaze.host, "port": port},
        suggestion={"animaze": {"port": port}} if other else {},
    )


async def _speech(avatar: AnimazeAvatar, line: str, pace: Pace, deadline: float) -> tuple[Finding, ...]:
    """What came of one line. An end that does not come within the limit is no fault: some voices are slow."""
    with contextlib.suppress(AvatarError, TimeoutError):
        async with asyncio.timeout_at(deadline):
            await avatar.ready()
            await avatar.say(line)
    said = avatar.last
    code = _outcome(said)
    light = Light.GREEN if code == "animaze_speaks" else Light.RED
    voice = Finding(id="animaze_voice", light=light, code=code)
    return (voice, _pace(said, line, pace)) if said and light is Light.GREEN else (voice,)


def _outcome(said: Line | None) -> str:
    if said is None or said.fate == "lost":
        return "animaze_lost"
    if said.fate == "refused":
        return "animaze_refuses"
    return "animaze_speaks" if said.answered or said.told else "animaze_mute"


def _pace(said: Line, line: str, pace: Pace) -> Finding:
    letters, pauses = sound_of(line)
    measured = None if said.took is None else round((said.took - BASE_SECONDS - pauses) / letters, 4)
    if measured is not None and not QUICKEST <= measured <= SLOWEST:
        measured = None  # it was no speech that was measured
    learned = pace.per_character()
    details = {"tells": said.told, "seconds_per_character": learned or measured, "measured": measured}
    if not said.told:
        return Finding(id="animaze_pace", light=Light.GREEN, code="animaze_untold", details=details)
    return Finding(id="animaze_pace", light=Light.GREEN, code="animaze_tells", details=details)
