"""What the streamer should know about their keys, as the status has it. Any thread."""

from typing import Any

from settings import Settings, notices_of
from web.words import Told


def notices(settings: Settings) -> list[dict[str, Any]]:
    """`{code, params, level: info | warning, text}` each, `text` as it is told."""
    return [
        {
            "code": notice.code,
            "params": dict(notice.params),
            "level": notice.level,
            "text": Told(f"notice.{notice.code}", **dict(notice.params)),
        }
        for notice in notices_of(settings)
    ]
