"""Whether an answer only says what a viewer told the pal to say. Pure."""

import re

from mind.folding import fold, key

ORDER = re.compile(
    r"(?i)(?<!\w)(?<!did you )(?<!do you )(?<!did he )(?<!did she )(?<!did they )(?<!you just )(?:"
    r"(?:say|repeat|read|shout|scream|yell|announce|pronounce|spell|write|type|echo|print|output)(?!\s+(?:something|anything|what you think))"
    r"|tell (?:everyone|everybody|the (?:chat|stream|viewers|world)|chat|them|us|him|her|your (?:viewers|streamer))"
    r"|(?:start|begin|end) (?:your|the) (?:answer|sentence|reply|message) with|your (?:new )?(?:name|catchphrase) is"
    r"|(?:complete|finish|translate)(?: the| this)?(?: sentence)?|answer (?:only )?with|respond with|reply with"
    r"|sag|sage|sagt|sprich|sprecht|wiederhol|wiederhole|wiederholt|lies|ruf|rufe|schrei|schreie|schreib|buchstabier\w*"
    r"|erzähl (?:allen|dem chat|ihm|ihr)|antworte (?:nur )?mit|beende den satz|vervollständige|übersetze?|nachsprechen"
    r"|di|dí|dile|diles|dime|digan?|repite|repita|lee|grita|pronuncia|deletrea|escribe|responde con|traduce|completa"
    r"|dis|dit|dites|répète|repete|répétez|lis|crie|criez|prononce|épelle|écris|réponds (?:avec|par)|traduis|complète"
    r")(?!\w)"
)
FILLERS = re.compile(
    r"(?i)^(?:[\s:,;.\"'„“”«»‚‘’*>-]|\b(?:please|pls|out loud|loud(?:ly)?|after me|this|that|exactly|the words?|the following|again|back|in chat"
    r"|with me|now|just|only|for me|it|to (?:me|us|everyone|the (?:chat|stream|streamer))|word for word|mal|bitte|doch|jetzt|laut|mir nach|nach|mir|einfach|genau|folgendes|das|den satz|dass"
    r"|alle[mn]|in den chat|por favor|conmigo|esto|exactamente|en voz alta|ahora|a todos|después de mí|después|que|lo siguiente|s'il te pla[iî]t|stp|après moi|avec moi|ceci"
    r"|à voix haute|moi|maintenant|à tout le monde|la phrase|the sentence|the phrase|vor|uns)\b)+"
)
ASKING = frozenset(
    [
        "who",
        "what",
        "when",
        "where",
        "why",
        "how",
        "which",
        "whose",
        "wer",
        "was",
        "wann",
        "wo",
        "warum",
        "wieso",
        "wie",
        "welche",
        "welcher",
        "welches",
        "quien",
        "que",
        "cuando",
        "donde",
        "por",
        "como",
        "cual",
        "cuanto",
        "qui",
        "quoi",
        "quand",
        "ou",
        "pourquoi",
        "comment",
        "quel",
        "quelle",
        "combien",
    ]
)
WISHES = (
    "happy birthday", "good luck", "good morning", "good night", "have a nice day", "get well soon", "merry christmas",
    "happy new year", "congratulations", "well done", "thank you", "welcome to the stream", "i love you", "we love you",
    "alles gute zum geburtstag", "herzlichen gluckwunsch", "guten morgen", "gute nacht", "viel gluck", "frohe weihnachten",
    "guten rutsch", "gute besserung", "vielen dank", "ich liebe dich", "feliz cumpleanos", "buenos dias", "buenas noches",
    "buena suerte", "feliz navidad", "feliz ano nuevo", "muchas gracias", "te quiero", "joyeux anniversaire", "bonne chance",
    "bonne nuit", "bonne journee", "joyeux noel", "bonne annee", "merci beaucoup", "je t aime", "bon courage",
)  # fmt: skip
"""What anybody may ask a friendly pal to say; only what comes with it is judged."""

LEAST = 3
LONG = 5


def dictated(comment: str, answer: str, insults: frozenset[str]) -> str:
    """The words of the answer that the comment dictates, or "".

    Three words in a row that make up most of the order or of the answer, or one of `insults`, are no answer.
    """
    order = ordered(comment)
    if not order:
        return ""
    said = _words(answer)
    wanted = _words(order)
    if common := (set(wanted) & set(said) & insults):
        return sorted(common)[0]
    run = _longest_run(wanted, said)
    enough = len(run) >= LONG or len(run) >= 0.6 * len(wanted) or len(run) >= 0.8 * len(said)
    return " ".join(run) if len(run) >= LEAST and enough else ""


def ordered(comment: str) -> str:
    """What the pal is told to say in this comment, or ""."""
    found = ORDER.search(comment)
    if not found:
        return ""
    rest = FILLERS.sub("", comment[found.end() :])
    first = key(rest).split(" ", 1)[0]
    return "" if first in ASKING else rest


def _words(text: str) -> list[str]:
    plain = " ".join(re.findall(r"[^\W_]+", fold(text).casefold()))
    padded = f" {plain} "
    for wish in WISHES:
        padded = padded.replace(f" {wish} ", " ")
    return padded.split()


def _longest_run(wanted: list[str], said: list[str]) -> list[str]:
    best: list[str] = []
    for i in range(len(wanted)):
        for j in range(len(said)):
            length = 0
            while i + length < len(wanted) and j + length < len(said) and wanted[i + length] == said[j + length]:
                length += 1
            if length > len(best):
                best = wanted[i : i + length]
    return best
