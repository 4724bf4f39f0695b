"""What is said of its own accord: thanks for gifts, follows, shares, subscriptions and likes, greetings. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from events import EventKind, LiveEvent, Thanks, Utterance
from mind.gate import SafeMouth
from mind.phrases import DAY, number, people, presents, span
from mind.templates import Templates
from settings import Settings

TTL = {EventKind.GIFT: "gift_ttl_seconds", EventKind.JOIN: "greeting_ttl_seconds"}
THANKS_TTL = "thanks_ttl_seconds"
"""The knob of `outbox` that says how long a line may wait."""

BIG_GIFT_PRIORITY = 10
NOTICE_PRIORITY = 11
"""Above all that the settings can choose."""

SMALL = "small"


def named_together(names: Sequence[str], language: str, most: int = 8, longest: int = 70) -> str:
    """These names as one: "Ann, Ben and Cem"; what is too many or too long is counted: "Ann and two more"."""
    whole = list(dict.fromkeys(names))
    kept = whole[:most]
    while len(kept) > 1 and len(", ".join(kept)) > longest:
        kept.pop()
    return people(kept, len(whole), ", ", language)


@dataclass(slots=True)
class Courtesy:
    """One sentence of our own about an event and its viewer."""

    settings: Settings
    mouth: SafeMouth
    templates: Templates = field(default_factory=Templates)
    spoken_name: Callable[[str], str] = lambda _: ""
    """By username: how the streamer wants a viewer to be called; empty: by their nickname."""

    def called(self, event: LiveEvent) -> LiveEvent:
        """The event with the name by which the viewer is called."""
        name = self.spoken_name(event.username)
        return replace(event, nickname=name) if name else event

    def name(self, event: LiveEvent, language: str = "") -> str:
        """The viewer's name as it is said."""
        return self.mouth.name(self.spoken_name(event.username) or event.nickname, language)

    def for_gift(self, event: LiveEvent, gift: str, count: int, diamonds: int) -> Utterance:
        """Thanks for `count` pieces of this gift at `diamonds` each, in the words of its tier."""
        said, rules = self.mouth.gift(gift), self.settings.thanks
        wording = "gift" if count == 1 else "gifts"
        worth = count * diamonds
        big = worth >= rules.big_from
        line = self._line(f"{wording}_big" if big else wording, event, gift=said, count=str(count))
        if big:
            return replace(line, priority=BIG_GIFT_PRIORITY)
        if worth >= rules.small_below:
            return line
        name = self.name(event)
        thanks = Thanks(user_id=event.user_id, name=name, gift=said, count=count)
        return replace(line, names=(name,), alike=SMALL, thanks=(thanks,))

    def together(self, thanks: Sequence[Thanks], longest: int) -> str:
        """One sentence for all these small gifts: some givers by name and the number of the others, all pieces counted."""
        language, outbox = self.settings.style.language, self.settings.outbox
        givers = {one.user_id: one.name for one in thanks}
        names, most = list(dict.fromkeys(givers.values())), min(self.settings.thanks.max_names, outbox.max_items)
        shown = len(names) if len(names) == len(givers) <= min(most + 1, outbox.max_items) else min(most, len(names))
        what = presents([one.gift for one in thanks], sum(one.count for one in thanks), language)
        wording = "gifts_together" if len(givers) > 1 else "gifts_several"
        turn = self.templates.chosen(wording, language)
        while True:
            who = people(names[:shown], len(givers), outbox.separator, language)
            text = self.templates.filled(turn, people=who, presents=what)
            if len(text) <= longest or shown <= 1:
                return text
            shown -= 1

    def for_likes(self, event: LiveEvent, milestone: int) -> Utterance:
        """Thanks to the whole room."""
        return self._line("likes", event, count=number(milestone, self.settings.style.language))

    def for_arrival(self, event: LiveEvent, away: float | None, now: float) -> Utterance:
        """A greeting: of a stranger (`away` None), of one who was away for so many seconds, for long or not."""
        rules = self.settings.join_rules
        if away is None or away < rules.back_after_seconds:
            kind, time = "join", ""
        elif not rules.missed_after_days or away < rules.missed_after_days * DAY:
            kind, time = "back", ""
        else:
            kind, time = "missed", span(away, self.settings.style.language)
        return replace(self._line(kind, event, time=time), kind=kind, alike=time, born=now)

    def for_event(self, event: LiveEvent) -> Utterance:
        """Thanks or a greeting that can be merged with others of its kind."""
        return self._line(event.kind.value, event)

    def askers(self, events: Sequence[LiveEvent], language: str = "") -> str:
        """Those who asked the same, as they are said in `language`, by default the pal's."""
        language = language or self.settings.style.language
        names = [self.name(event, language) for event in events]
        return named_together(names, language, self.settings.outbox.max_items)

    def notice(self, wording: str, now: float, text: str = "") -> Utterance:
        """A sentence of our own that names nobody; `text` in the place of the template's."""
        line = text or self.templates.line(wording, self.settings.style.language)
        return Utterance(text=line, kind=wording, priority=NOTICE_PRIORITY, born=now, ttl=self._ttl())

    def _line(self, wording: str, event: LiveEvent, **values: str) -> Utterance:
        language = self.settings.style.language
        name = self.name(event)
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
