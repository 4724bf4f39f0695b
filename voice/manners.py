"""What becomes of the rest of an utterance when the streamer has talked into it. Pure, any thread.

Lengths are of the streamer's talk alone, without the pause by which the microphone knows its end.
"""

from enum import StrEnum

from settings import Speech


class Rest(StrEnum):
    """What is done with what was not said yet."""

    KEEP = "keep"
    SHORTEN = "shorten"
    """Only its next sentence is still said."""

    DROP = "drop"


def rest_of(kind: str, *, age: float, ttl: float, said: int, interruption: float, rules: Speech) -> Rest:
    """The fate of lines of this kind after (or during) an interruption of so many seconds.

    `age` and `ttl` are seconds; `said`: how many sentences of the same utterance have been heard. Thanks and greetings
    wait until they are stale, as does an answer that has not begun; a cough costs nothing that is not stale.
    """
    if age > ttl:
        return Rest.DROP
    if kind != "answer" or not said or interruption * 1000 < rules.cough_ms:
        return Rest.KEEP
    if interruption > rules.drop_after_seconds:
        return Rest.DROP
    return Rest.SHORTEN if interruption > rules.shorten_after_seconds else Rest.KEEP
