"""Which language a sentence is in, as far as its small words tell. Pure."""

from collections.abc import Iterable

SMALL_WORDS = {
    "en": "the and you your my is are was i it this that for of to with have has what who how do does can will be we he "
    "she they not just so from at on as if but all his her them there here when why out up like suck big more thanks",
    "de": "der die das und ist ich du wir ihr sie er es ein eine einen einer dem den nicht mit auf fur von zu zum zur im "
    "war bin bist sind habe hast hat wie was wer warum so auch aber noch nur mal schon mein dein sein kein bei aus wenn "
    "dir mir dich mich euch uns danke sehr doch ja nein heute jetzt oder als am dass",
    "es": "el la los las y es un una que de en no por para con mi tu su se lo me te muy mas como pero si esta este eres "
    "soy del al gracias hay todo bien quien cuando donde mis tus ya eso esa fue ser estoy hola porque vamos",
    "fr": "le la les et est un une que de des du en ne pas pour avec mon ton son ma ta sa je tu il elle nous vous on ce "
    "cette tres plus mais si dans au aux qui quoi quand ou comment merci suis es sont c j l d qu tout bien ca bonjour",
}
KNOWN: dict[str, frozenset[str]] = {}
for _language, _words in SMALL_WORDS.items():
    for _word in _words.split():
        KNOWN[_word] = KNOWN.get(_word, frozenset()) | {_language}


def languages(forms: Iterable[str], otherwise: str) -> frozenset[str]:
    """The languages most small words speak for, among "en", "de", "es", "fr"; `otherwise` when none does."""
    count = {"en": 0, "de": 0, "es": 0, "fr": 0}
    for form in forms:
        for language in KNOWN.get(form, ()):
            count[language] += 1
    most = max(count.values())
    return frozenset(lang for lang, n in count.items() if n == most) if most else frozenset({otherwise})
