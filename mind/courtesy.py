"""What is said of its own accord: thanks for gifts, follows, shares, subscriptions and likes, greetings. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from events import EventKind, LiveEvent, Utterance
from mind.gate import SafeMouth
from mind.templates import Templates
from settings import Settings

TTL = {EventKind.GIFT: "gift_ttl_seconds", EventKind.JOIN: "greeting_ttl_seconds"}
THANKS_TTL = "thanks_ttl_seconds"
"""The knob of `outbox` that says how long a line may wait."""

NOTICE_PRIORITY = 3
AND, MORE = {"en": "and", "de": "und"}, {"en": "{count} others", "de": "{count} andere"}


def together(names: Sequence[str], language: str, most: int = 8, longest: int = 70) -> str:
    """These names as one: "Ann, Ben and Cem"; what is too many or too long is counted: "Ann and 5 others"."""
    whole = list(dict.fromkeys(names))
    kept = whole[:most]
    while len(kept) > 1 and len(", ".join(kept)) > longest:
        kept.pop()
    left = len(whole) - len(kept)
    parts = [*kept, MORE[language].format(count=left)] if left else kept
    return f" {AND[language]} ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


@dataclass(slots=True)
class Courtesy:
    """One sentence of our own about an event and its viewer."""

    settings: Settings
    mouth: SafeMouth
    templates: Templates = field(default_factory=Templates)

    def for_gift(self, event: LiveEvent, count: int) -> Utterance:
        """Thanks for a finished streak of `count` pieces."""
        gift = self.mouth.gift(event.text)
        return self._line("gift" if count == 1 else "gifts", event, gift=gift, count=str(count))

    def for_event(self, event: LiveEvent) -> Utterance:
        """Thanks or a greeting that can be merged with others of its kind."""
        return self._line(event.kind.value, event)

    def askers(self, events: Sequence[LiveEvent]) -> str:
        """Those who asked the same, as they are said."""
        names = [self.mouth.name(event.nickname) for event in events]
        return together(names, self.settings.style.language, self.settings.outbox.max_items)

    def notice(self, wording: str, now: float, text: str = "") -> Utterance:
        """A sentence of our own that names nobody; `text` in the place of the template's."""
        line = text or self.templates.line(wording, self.settings.style.language)
        return Utterance(text=line, kind=wording, priority=NOTICE_PRIORITY, born=now, ttl=self._ttl())

    def _line(self, wording: str, event: LiveEvent, **values: str) -> Utterance:
        language = self.settings.style.language
        name = self.mouth.name(event.nickname)
        text = self.templates.line(wording, language, name=name, **values)
        return Utterance(
            text=text,
            kind=event.kind.value,
            priority=self.settings.event_priority[event.kind.value],
            born=event.at,
            ttl=self._ttl(TTL.get(event.kind, THANKS_TTL)),
            names=(name,) if "{names}" in text else (),
            events=(event,),
        )

    def _ttl(self, knob: str = THANKS_TTL) -> float:
        return float(self.settings.outbox[knob])
