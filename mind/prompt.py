"""The prompt of one question: who the pal is, what it knows, what was asked. Reads small files, so off the loop.

Whatever viewers typed, and whatever was copied from notes or settings, stands between < and >, on one line, capped,
without control and direction characters, and cannot hold those two signs itself. About a viewer it holds what memory
knows of this one and what the pal said to this one; of others only that they ask the same, by their spoken names.
What goes in and what stays out is told in `docs/prompt.md`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from events import EMPTY_SCENE, LiveEvent, Scene
from mind import instructions
from mind.courtesy import named_together
from mind.emotion import Emotions
from mind.knowledge import Knowledge
from mind.persona import Persona, Personas
from mind.safety import as_data
from settings import DEFAULT_SETTINGS, Settings
from store.passages import Passage

Messages = list[dict[str, str]]

QUESTION_LENGTH, BACKGROUND_LENGTH, SAID_LENGTH, NOW_LENGTH, SOURCE_LENGTH, NAME_LENGTH = 300, 1000, 200, 120, 80, 40
NOTE_LENGTH = 400
MOST_TAGS = 20
OWN_PROMPT_LENGTH = 4000
LONGEST = 12_000
"""Characters that no prompt exceeds; the caps of its parts see to it."""

LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(?=$|[-_])")
LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German",
    "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish",
    "fil": "Filipino", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "jv": "Javanese", "km": "Khmer", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "ms": "Malay", "my": "Burmese", "nb": "Norwegian", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil",
    "th": "Thai", "tl": "Filipino", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "zh": "Chinese",
}  # fmt: skip
TEMPO = {"quiet": "The chat is quiet.", "lively": "The chat is lively.", "busy": "The chat is very busy."}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model gets, and what went into it."""

    messages: Messages
    personal: bool
    """Data of a viewer beyond the question is in it: it answers this viewer only and must not be kept for others."""

    passages: tuple[Passage, ...]
    persona: str


@dataclass(slots=True)
class Prompter:
    """Makes prompts by the settings as they are at that moment. `call`: how a nickname is said."""

    settings: Settings
    call: Callable[[str], str]
    personas: Personas = field(init=False)
    knowledge: Knowledge = field(init=False)
    _emotions: Emotions = field(init=False)

    def __post_init__(self) -> None:
        self.personas = Personas(self.settings)
        self.knowledge = Knowledge(self.settings)
        self._emotions = Emotions(self.settings)

    def prompt(self, question: LiveEvent, background: str = "", scene: Scene = EMPTY_SCENE) -> Prompt:
        """The prompt for this comment. `background` and `scene.said` are left out when several viewers ask it."""
        persona = self.personas.current()
        notes = tuple(self.knowledge.search(question.text))
        alone = not scene.also
        known = [*_background(background), *_said(scene.said)] if alone else []
        system = [
            *self._who(persona),
            instructions.DATA,
            instructions.FORM,
            self._language(question, persona),
            *self._tags(persona),
            *self._now(),
            *([TEMPO[scene.tempo]] if scene.tempo in TEMPO else []),
            *_notes(notes),
            *known,
            *([] if alone else [instructions.TOGETHER]),
        ]
        asked = f"{self._askers(question, scene)}: {_data(question.text, QUESTION_LENGTH)}"
        messages = [{"role": "system", "content": "\n".join(system)}, {"role": "user", "content": asked}]
        return Prompt(messages, bool(known) or not alone, notes, persona.name)

    def _who(self, persona: Persona) -> Sequence[str]:
        own = self.settings.system_prompt.strip()
        return [own[:OWN_PROMPT_LENGTH]] if own and own != DEFAULT_SETTINGS["system_prompt"] else described(persona)

    def _language(self, question: LiveEvent, persona: Persona) -> str:
        if self.settings.style.reply_language == "stream":
            language = language_named(persona.language) or LANGUAGES[self.settings.style.language]
            return instructions.STREAMS_LANGUAGE.format(language=language)
        language = language_named(question.language)
        return instructions.LANGUAGE.format(language=language) if language else instructions.VIEWERS_LANGUAGE

    def _tags(self, persona: Persona) -> list[str]:
        known = self._emotions.known
        usable = [word for word in persona.emotions or known if word in known]
        tags = " ".join(f"[{word}]" for word in usable[:MOST_TAGS])
        return [instructions.EMOTIONS.format(tags=tags)] if tags else []

    def _now(self) -> list[str]:
        now = self.settings.now
        streamer = now.streamer or self.settings.tiktok.unique_id.lstrip("@")
        facts = {
            "The streamer is called": streamer,
            "Right now": now.game,
            "The stream": now.title,
            "Its goal": now.goal,
        }
        return [f"{what}: {_data(value, NOW_LENGTH)}" for what, value in facts.items() if value.strip()]

    def _askers(self, question: LiveEvent, scene: Scene) -> str:
        names = list(dict.fromkeys(self.call(event.nickname) for event in (question, *scene.also)))
        if len(names) == 1:
            return f"{_data(names[0], NAME_LENGTH)} writes"
        return f"{_data(named_together(names, 'en'), QUESTION_LENGTH)} write"


@lru_cache(maxsize=8)
def described(persona: Persona) -> tuple[str, ...]:
    """Who the pal is, in lines."""
    lines = [f"You are {persona.name}, {instructions.ROLE} {persona.backstory}".strip()]
    if persona.tone:
        lines.append(f"How you talk: {persona.tone}")
    lines += [f"- {rule}" for rule in persona.rules]
    for viewer, pal in persona.examples:
        lines.append(f"For example, to {_data(viewer, QUESTION_LENGTH)} you may answer: {pal}")
    return tuple(lines)


def language_named(code: str) -> str:
    """The language of a code such as de, en-US or zh_Hant, in English; empty for an unknown one."""
    return LANGUAGES.get(language_code(code), "")


def language_code(code: str) -> str:
    """The language alone: de of de-AT; empty for what is no code."""
    found = LANGUAGE_CODE.match(code.casefold())
    return found[0] if found else ""


def _background(background: str) -> list[str]:
    return [f"Known about this viewer: {_data(background, BACKGROUND_LENGTH)}"] if background else []


def _said(said: Sequence[str]) -> list[str]:
    lines = " ".join(_data(line, SAID_LENGTH) for line in said)
    return [f"You said to this viewer before: {lines}"] if lines else []


def _notes(notes: Sequence[Passage]) -> list[str]:
    return [f"From the streamer's notes, {_data(p.source, SOURCE_LENGTH)}: {_data(p.text, NOTE_LENGTH)}" for p in notes]


def _data(text: str, longest: int) -> str:
    return f"<{as_data(text, longest)}>"
