"""What the pal can say without a model: thanks, greetings. Pure but for remembering which wording came last.

Each line is one sentence. `{names}` stays in lines whose people can be merged later; everything else is filled here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

LINES: MappingProxyType[str, MappingProxyType[str, tuple[str, ...]]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "gift": (
                    "Thank you for the {gift}, {name}!",
                    "{name}, thanks a lot for the {gift}!",
                    "A {gift} from {name}, thank you!",
                ),
                "gifts": (
                    "Thank you for {count} times {gift}, {name}!",
                    "{name}, thanks a lot for {count} times {gift}!",
                    "{count} times {gift} from {name}, thank you!",
                ),
                "gift_big": (
                    "Wow, a {gift} from {name}, thank you so much!",
                    "{name}, a {gift}, that is amazing, thank you!",
                    "Thank you so very much for the {gift}, {name}!",
                ),
                "gifts_big": (
                    "Wow, {count} times {gift} from {name}, thank you so much!",
                    "{name}, {count} times {gift}, that is amazing, thank you!",
                    "Thank you so very much for {count} times {gift}, {name}!",
                ),
                "gifts_several": ("Thank you for {presents}, {people}!", "{people}, thanks a lot for {presents}!"),
                "gifts_together": ("{people} sent {presents}, thank you!", "Thank you for {presents}, {people}!"),
                "likes": ("{count} likes, thank you all!", "That makes {count} likes, thank you, everybody!"),
                "back": ("Welcome back, {names}!", "Good to see you again, {names}!"),
                "missed": (
                    "{names}, we have not seen you for {time}, welcome back!",
                    "Welcome back, {names}, it has been {time}!",
                ),
                "follow": ("Thanks for following, {names}!", "Welcome to the crew, {names}!"),
                "share": ("Thanks for sharing the live, {names}!", "{names}, thank you for sharing!"),
                "subscribe": ("Thank you for subscribing, {names}!", "{names}, thanks for your subscription!"),
                "like": ("Thanks for all the likes, {names}!", "{names}, thank you for the likes!"),
                "join": ("Welcome, {names}!", "Hello {names}, nice that you are here!"),
                "greeting": ("Hello {name}!", "Hi {name}, good to see you!", "Hey {name}, welcome!"),
                "thanks": ("You are welcome, {name}!", "Any time, {name}!"),
                "demo": (
                    "A good question, {name}, a real model would answer it now!",
                    "{name}, this is only a demo, so I just wave at you!",
                ),
                "forgotten": ("Done, I have forgotten you.", "All forgotten, as you wished."),
                "mic_test": (
                    "Just a moment, I only want to know how loud I arrive at your microphone.",
                    "One two three, this is only to hear how loud I am at your microphone.",
                ),
                "red_flag": (
                    "That sounds serious, please talk to somebody you trust, or call your local emergency number.",
                    "Please talk to somebody you trust about this, or call your local emergency number.",
                ),
                "somebody": ("my friend",),
            }
        ),
        "de": MappingProxyType(
            {
                "gift": (
                    "Danke für {gift}, {name}!",
                    "{name}, vielen Dank für {gift}!",
                    "{gift} von {name}, danke dir!",
                ),
                "gifts": (
                    "Danke für {count} mal {gift}, {name}!",
                    "{name}, vielen Dank für {count} mal {gift}!",
                    "{count} mal {gift} von {name}, danke dir!",
                ),
                "gift_big": (
                    "Wow, {gift} von {name}, tausend Dank!",
                    "{name}, {gift}, das ist der Wahnsinn, danke dir!",
                    "Vielen, vielen Dank für {gift}, {name}!",
                ),
                "gifts_big": (
                    "Wow, {count} mal {gift} von {name}, tausend Dank!",
                    "{name}, {count} mal {gift}, das ist der Wahnsinn, danke dir!",
                    "Vielen, vielen Dank für {count} mal {gift}, {name}!",
                ),
                "gifts_several": ("Danke für {presents}, {people}!", "{people}, vielen Dank für {presents}!"),
                "gifts_together": (
                    "{people} haben {presents} geschickt, danke euch!",
                    "Danke für {presents}, {people}!",
                ),
                "likes": ("{count} Likes, danke euch allen!", "Das sind schon {count} Likes, vielen Dank euch allen!"),
                "back": ("Willkommen zurück, {names}!", "Hallo wieder, {names}, wie schön!"),
                "missed": (
                    "Willkommen zurück, {names}, das ist ja {time} her!",
                    "{names}, wie schön, das letzte Mal ist {time} her!",
                ),
                "follow": ("Danke fürs Folgen, {names}!", "Willkommen in der Runde, {names}!"),
                "share": ("Danke fürs Teilen, {names}!", "{names}, danke fürs Weitersagen!"),
                "subscribe": ("Danke für das Abo, {names}!", "{names}, vielen Dank fürs Abonnieren!"),
                "like": ("Danke für die vielen Likes, {names}!", "{names}, danke für die Likes!"),
                "join": ("Willkommen, {names}!", "Hallo {names}, herzlich willkommen!"),
                "greeting": ("Hallo {name}!", "Hi {name}, schön, dich zu sehen!", "Hey {name}, willkommen!"),
                "thanks": ("Gern geschehen, {name}!", "Immer gern, {name}!"),
                "demo": (
                    "Gute Frage, {name}, die würde jetzt ein echtes Modell beantworten!",
                    "{name}, das hier ist nur eine Demo, also winke ich dir!",
                ),
                "forgotten": ("Erledigt, ich habe dich vergessen.", "Alles vergessen, wie du es wolltest."),
                "mic_test": (
                    "Einen Moment, ich will nur wissen, wie laut ich in deinem Mikrofon ankomme.",
                    "Eins zwei drei, ich höre nur kurz, wie laut ich in deinem Mikrofon bin.",
                ),
                "red_flag": (
                    "Das klingt ernst, bitte sprich mit jemandem, dem du vertraust, oder ruf den Notruf an.",
                    "Bitte sprich darüber mit jemandem, dem du vertraust, oder ruf den Notruf an.",
                ),
                "somebody": ("mein Freund",),
            }
        ),
    }
)

AWHILE = MappingProxyType({"en": "a while", "de": "eine Weile"})
BLANK = re.compile(r"\{(\w+)\}")
ARTICLE = re.compile(r"\b([Aa])(?= \{gift\})")
VOWEL = re.compile(r"(?!uni|eu|one\b|us[ae])[aeiou]", re.IGNORECASE)
"""How an English word begins that takes "an"; the exceptions are spoken like "you" and "won"."""

PRESENTS = MappingProxyType({"en": "gift", "de": "das Geschenk"})

Wordings = Mapping[str, Mapping[str, tuple[str, ...]]]
"""language -> kind -> its wordings."""


@dataclass(slots=True)
class Templates:
    """Wordings in turn, so that none is heard twice in a row, whatever the language."""

    own: Wordings = field(default_factory=dict)
    """The streamer's, in place of those of the same language and kind."""

    _turn: dict[str, int] = field(default_factory=dict)
    _last: dict[str, str] = field(default_factory=dict)

    def line(self, kind: str, language: str, **values: str) -> str:
        """The next wording of this kind with `values` filled in; `{names}` is left for the outbox."""
        return self.filled(self.chosen(kind, language), **values)

    def chosen(self, kind: str, language: str) -> str:
        """The next wording of this kind, with its blanks."""
        wordings = self.own.get(language, {}).get(kind) or LINES[language][kind]
        turn = self._turn.get(kind, 0)
        if wordings[turn % len(wordings)] == self._last.get(kind):
            turn += 1  # the wordings have changed meanwhile
        self._turn[kind] = turn + 1
        self._last[kind] = wordings[turn % len(wordings)]
        return self._last[kind]

    def filled(self, wording: str, **values: str) -> str:
        """This wording with `values` in its blanks, after "an" where one needs it; `{names}` is left for the outbox."""
        if VOWEL.match(values.get("gift", "")):
            wording = ARTICLE.sub(r"\1n", wording)
        return "{names}".join(_fill(part, values) for part in wording.split("{names}"))

    def somebody(self, language: str) -> str:
        """How to call a person whose name cannot be said."""
        return self.chosen("somebody", language)

    def present(self, language: str) -> str:
        """How to call a gift whose name cannot be said."""
        return PRESENTS[language]

    def harmless(self, kind: str, language: str) -> str:
        """A line of this kind that names nobody and nothing; "" when there is none."""
        somebody = self.somebody(language)
        values = {"name": somebody, "gift": self.present(language), "time": AWHILE[language]}
        if kind not in LINES[language] or not blanks(kind) <= {*values, "names"}:
            return ""
        line = self.line(kind, language, **values)
        return line.replace("{names}", somebody)


def blanks(kind: str) -> frozenset[str]:
    """What can be filled into lines of this kind."""
    wordings = [wording for language in LINES.values() for wording in language[kind]]
    return frozenset(name for wording in wordings for name in BLANK.findall(wording))


def _fill(text: str, values: dict[str, str]) -> str:
    """Every placeholder at once, so that a value that looks like a placeholder stays a value."""
    pieces = text.replace("}", "{").split("{")
    return "".join(piece if i % 2 == 0 else values[piece] for i, piece in enumerate(pieces))
