"""Data of persons in a text: mail, phone, address, card, account, network address, keys. Pure.

Errs towards silence: what looks like a phone number is one. Scores, prices, dates, times and versions do not look like it.
"""

import ipaddress
import re
from collections.abc import Callable
from itertools import pairwise

DOT = r"\s*(?:\.|[\(\[]?\b(?:dot|punkt|punto|point)\b[\)\]]?)\s*"
AT = r"\s*(?:@|[\(\[]\s*(?:at|ät|arroba|arobase)\s*[\)\]]|\b(?:at|ät|arroba|arobase|klammeraffe)\b)\s*"
DOMAIN = r"(?:com|net|org|de|at|ch|eu|io|gg|tv|fr|es|it|uk|us|info|ru|pl|nl|me|app|dev|gmail|mx|ar|co)"
MAIL = re.compile(rf"[\w.+-]{{2,}}{AT}[\w-]+(?:{DOT}[\w-]+)*?{DOT}{DOMAIN}\b|[\w.+-]+@[\w-]+\.[\w.]{{2,}}", re.I)
MAIL_HOUSES = re.compile(
    rf"\b[\w.+-]{{2,}}{AT}(?:gmail|googlemail|hotmail|outlook|yahoo|gmx|icloud|protonmail|t-online)\b", re.I
)

HARMLESS_NUMBERS = re.compile(
    r"\b\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b"
    r"|\b\d{1,3}(?:,\d{3})+(?:\.\d+)?\b|\b\d{1,3}(?:\.\d{3})+(?:,\d+)?\b(?![.-]?\d)|\b\d{1,3}(?: \d{3})* 000\b"
    r"|\b\d{1,3}(?:[:-]\d{1,3})\b(?![ -]?\d)|\b[1-9]\d*000\b"
)
DIGITS = re.compile(r"[+(]?\d(?:[\d ()/.–-]{0,3}\d){4,}")
CALLING = re.compile(
    r"(?i)\b(?:call|phone|dial|text (?:me|him|her|us)|whats\s?app|tel|telefon\w*|handy\w*|nummer|ruf\w*|anrufen|mobil\w*"
    r"|llama\w*|tel[eé]fono|m[oó]vil|celular|appel\w*|t[eé]l[eé]phone|portable|num[eé]ro|number|n[uú]mero)\b"
)
COUNTED = re.compile(
    r"(?i)^\s*(?:points?|punkte\w*|coins?|m[uü]nzen|diamonds?|diamant\w*|follower\w*|viewers?|zuschauer|likes?|xp|gold|hp"
    r"|euro?s?|dollars?|puntos|monedas|seguidores|pi[eè]ces|vues|views|kills?|damage|schaden|meter|metros|years|jahre)\b"
)
PHONE = re.compile(
    r"(?:\+|\b00)[1-9](?:[ ()/.–-]{0,2}\d){6,13}"
    r"|(?<![\d.,])\(?0\d{1,5}\)?[ /.–-]{0,2}\d(?:[ /.–-]?\d){4,10}(?!\d)"
    r"|(?<!\d)\(?[2-9]\d{2}\)?[ .–-]{1,2}\d{3}[ .–-]\d{4}(?!\d)"
    r"|(?<![\d-])[2-9]\d{2}-\d{4}(?![\d-])"
    r"|(?<!\d)[2-9]\d{9,10}(?!\d)"
    r"|(?<!\d)[67]\d{2} ?\d{2} ?\d{2} ?\d{2}(?!\d)|(?<!\d)[679]\d{2}[ .-]\d{3}[ .-]\d{3}(?!\d)"
    r"|(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"
)
CARD = re.compile(r"(?<!\d)\d(?:[ .–-]?\d){12,18}(?!\d)")
IBAN = re.compile(r"\b[A-Z]{2}\s?\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?\b", re.I)
QUAD = re.compile(rf"(?<![\d.])(\d{{1,3}}){DOT}(\d{{1,3}}){DOT}(\d{{1,3}}){DOT}(\d{{1,3}})(?!\d|\.\d)", re.I)
COLONS = re.compile(r"[0-9a-f]*(?::{1,2}[0-9a-f]{0,4}){2,8}", re.I)
KEY = re.compile(
    r"\b(?:sk|pk|ghp|gho|xox[bap]|AIza|AKIA)[-_]?[A-Za-z0-9_-]{12,}|\b(?:[A-Fa-f0-9]{32,}|eyJ[\w-]{10,}\.\S+)"
)
PASSWORD = re.compile(
    r"(?i)\b(?:password|passwort|kennwort|contrase[nñ]a|mot de passe|pin(?: code| number)?)\b\W{0,3}(?:is|ist|es|est|lautet|:)\s*\S*\d"
)

STREET = re.compile(
    r"\b\d{1,5}[A-Za-z]?,?\s+(?:(?:[NSEW]\.?|North|South|East|West)\s+)?(?:[A-Z][\w'.]*\s+){1,3}"
    r"(?:[Ss]treet|[Ss]t|[Aa]venue|[Aa]ve|[Rr]oad|[Rr]d|[Ll]ane|[Ll]n|[Bb]oulevard|[Bb]lvd|[Dd]rive|[Dd]r|[Cc]ourt|[Tt]errace)\b"
    r"|\b\d{1,5}[a-z]?\s+(?!(?:on|the|of|in|at|down|up|a|this|that|more|each|every|per)\b)[a-z]+\s+(?:street|avenue|boulevard)\b"
)
STRASSE = re.compile(
    r"(?i)\b[\wäöüß-]*(?:straße|strasse|str\.|gasse|allee|chaussee)\s*(?:nr\.?|nummer|hausnummer)?\s*\d{1,4}\s?[a-z]?\b"
    r"|\b(?!(?:um|start|sitz|tabellen|ranglisten|listen|steh|park|speicher|spiel|haupt|mittel|rück|hin|heim)(?:weg|platz))"
    r"[a-zäöüß-]{4,}(?:weg|platz|ufer|damm)\s+(?:nr\.?|nummer|hausnummer)?\s*\d{1,4}\s?[a-z]?\b(?!\s*(?:mal|uhr|punkte))"
)
RUE = re.compile(
    r"(?i)\b\d{1,4}\s?(?:bis|ter)?,?\s+(?:rue|avenue|boulevard|impasse|chemin|all[ée]e|quai)\s+(?:(?:de|du|des|la|le|les)\s+|d['’]|l['’])*\w{3,}"
)
CALLE = re.compile(
    r"\b(?:[Cc]alle|[Aa]venida|[Aa]vda\.?|[Pp]laza|[Pp]aseo|[Cc]arrera)\s+(?:\w+\s+){0,3}?[A-ZÁÉÍÓÚ]\w+,?\s*(?:n[uú]mero|n[º°.]*|#)?\s*\d{1,4}\b"
    r"|\b[Cc]alle\s+(?!con\b|hay\b|tiene\b|por\b)\w{4,}\s+(?:n[uú]mero\s+)?\d{1,4}\b(?!\s*(?:veces|horas|minutos|personas|puntos))"
)
HOME = re.compile(
    r"(?i)\b(?:wohn\w*|lebt?|adresse|live[sd]?|living|address|zip|plz|postleitzahl|vive|direcci[oó]n|habite|adresse)\b[^.!?]{0,30}\b\d{5}\b"
)

FIGURES = {
    word: str(figure)
    for names in (
        "zero one two three four five six seven eight nine",
        "null eins zwei drei vier fünf sechs sieben acht neun",
        "cero uno dos tres cuatro cinco seis siete ocho nueve",
        "zéro un deux trois quatre cinq six sept huit neuf",
    )
    for figure, word in enumerate(names.split())
} | {"oh": "0", "zwo": "2", "double": "", "fuenf": "5"}
SPELLED = re.compile(r"(?i)\b(?:" + "|".join(FIGURES) + r")(?:[\s,.-]+(?:" + "|".join(FIGURES) + r")\b){5,}")


def personal(text: str) -> str:
    """What kind of personal data the text holds ("mail", "phone", "address", ...), or ""."""
    text = SPELLED.sub(_figures, text)
    if any(c.isdigit() for c in text):
        for kind, test in NUMBERED.items():
            if test(text):
                return kind
    if MAIL.search(text) or MAIL_HOUSES.search(text):
        return "mail"
    return "key" if KEY.search(text) else ""


def _phone(text: str) -> bool:
    plain = HARMLESS_NUMBERS.sub(" # ", text)
    for found in PHONE.finditer(plain):
        if not COUNTED.match(plain[found.end() :]) and not _counting(re.sub(r"\D", "", found[0])):
            return True
    calling = CALLING.search(plain)
    digits = calling and DIGITS.search(plain)
    return bool(digits) and len(re.sub(r"\D", "", digits[0])) >= 6 and not COUNTED.match(plain[digits.end() :])  # type: ignore[index,union-attr]


def _figures(found: re.Match[str]) -> str:
    """Figures spelled out as one number, unless somebody only counts."""
    number = "".join(FIGURES[word.lower()] for word in re.findall(r"\w+", found[0]))
    return found[0] if _counting(number) or len(set(number)) < 2 else f" call {number} "


def _counting(number: str) -> bool:
    steps = {int(b) - int(a) for a, b in pairwise(number)}
    return len(steps) == 1 and steps <= {1, -1, 0}


def _card(text: str) -> bool:
    return any(_luhn(re.sub(r"\D", "", found[0])) for found in CARD.finditer(text))


def _luhn(number: str) -> bool:
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0 and len(set(number)) > 1


def _iban(text: str) -> bool:
    return any(sum(c.isdigit() for c in found[0]) >= 12 for found in IBAN.finditer(text))


def _network(text: str) -> bool:
    if any(all(int(part) <= 255 for part in found.groups()) for found in QUAD.finditer(text)):
        return True
    return text.count(":") >= 2 and any(_six(found[0]) for found in COLONS.finditer(text))


def _six(address: str) -> bool:
    try:
        ipaddress.IPv6Address(address.strip("."))
    except ValueError:
        return False
    return len(re.findall(r"[0-9a-f]+", address, re.I)) >= 3 and any(c.isdigit() for c in address)


def _address(text: str) -> bool:
    return any(pattern.search(text) for pattern in (STREET, STRASSE, RUE, CALLE, HOME))


NUMBERED: dict[str, Callable[[str], bool]] = {
    "card": _card,
    "iban": _iban,
    "ip": _network,
    "phone": _phone,
    "address": _address,
    "password": lambda text: PASSWORD.search(text) is not None,
}
