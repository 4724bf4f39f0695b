"""What viewers say of themselves in a comment, by plain patterns in English and German: no model is asked. Pure.

Only sentences in the first person count, and only short ones; a question, a quotation and what is said of others do not.
"""

import re

from store.record import FACTS_KEPT, Record, clip

MOST_WORDS = 8
WHAT = r"(?P<what>[^.,;!?\n\"“”„]{2,60})"
I = r"(?:^|[.!;,]\s+|\b(?:and|und|but|aber|hi|hallo|hey|hello)\s+)"  # noqa: E741 - the word
PATTERNS = [
    (re.compile(rf"(?i){I}my name(?:'s| is) {WHAT}"), "is called {what}"),
    (re.compile(rf"(?i){I}(?:i am|i'm|im) from {WHAT}"), "is from {what}"),
    (re.compile(rf"(?i){I}i (?:live|am living) (?P<prep>in|near|at) {WHAT}"), "lives {prep} {what}"),
    (re.compile(rf"(?i){I}(?:i am|i'm|im) (?P<what>\d{{1,2}})(?: years old)\b"), "is {what} years old"),
    (re.compile(rf"(?i){I}(?:i am|i'm|im) an? {WHAT}"), "is a {what}"),
    (re.compile(rf"(?i){I}i work (?P<prep>as|in|at|for) {WHAT}"), "works {prep} {what}"),
    (re.compile(rf"(?i){I}i (?:really )?(?P<verb>love|like|hate|play|study|speak) {WHAT}"), "{verb}s {what}"),
    (re.compile(rf"(?i){I}i (?:have|own|got) (?P<what>(?:a|an|two|three|four|\d+) [^.,;!?\n\"“”„]{{2,50}})"), "has {what}"),
    (re.compile(rf"(?i){I}my (?P<thing>favou?rite \w+|birthday|dog|cat|hobby|job) is {WHAT}"), "{thing}: {what}"),
    (re.compile(rf"(?i){I}ich hei(?:ß|ss)e {WHAT}"), "heißt {what}"),
    (re.compile(rf"(?i){I}ich komme aus {WHAT}"), "kommt aus {what}"),
    (re.compile(rf"(?i){I}ich (?:wohne|lebe) (?P<prep>in|bei|nahe|auf) {WHAT}"), "wohnt {prep} {what}"),
    (re.compile(rf"(?i){I}ich bin (?P<what>\d{{1,2}})(?: jahre alt)\b"), "ist {what} Jahre alt"),
    (re.compile(rf"(?i){I}ich bin (?P<what>(?:ein|eine) [^.,;!?\n\"“”„]{{2,50}})"), "ist {what}"),
    (re.compile(rf"(?i){I}ich arbeite (?P<prep>als|in|bei|im) {WHAT}"), "arbeitet {prep} {what}"),
    (re.compile(rf"(?i){I}ich (?P<verb>liebe|mag|hasse|spiele|studiere|spreche) {WHAT}"), "{verb} {what}"),
    (re.compile(rf"(?i){I}ich habe (?P<what>(?:ein|eine|einen|zwei|drei|vier|\d+) [^.,;!?\n\"“”„]{{2,50}})"), "hat {what}"),
    (re.compile(rf"(?i){I}mein(?:e)? (?P<thing>lieblings\w+|geburtstag|hund|katze|hobby|job|beruf) (?:ist|heißt) {WHAT}"), "{thing}: {what}"),
]  # fmt: skip
THIRD = {
    "study": "studies", "liebe": "liebt", "mag": "mag", "hasse": "hasst", "spiele": "spielt",
    "studiere": "studiert", "spreche": "spricht",
}  # fmt: skip
JOINT = re.compile(r"(?i)\s+(?:and|und|but|aber|because|weil|so)\b")
OTHERS = re.compile(r"(?i)\b(?:you|your|u|du|dich|dir|dein\w*|euch|euer|eure|this stream|den stream)\b")


def facts_in(comment: str) -> list[str]:
    """What the writer tells of themselves, in the third person, each once."""
    if "?" in comment or comment.startswith(("!", ">", '"', "“", "„")):
        return []
    found = []
    for pattern, words in PATTERNS:
        for match in pattern.finditer(comment[:300]):
            parts = {name: " ".join(value.split()) for name, value in match.groupdict().items()}
            what = parts["what"] = JOINT.split(parts["what"], maxsplit=1)[0]
            if OTHERS.search(what) or not 0 < len(what.split()) <= MOST_WORDS:
                continue
            verb = parts.get("verb", "").casefold()
            told = words.replace("{verb}s", "{verb}").format(**parts | {"verb": THIRD.get(verb, f"{verb}s")})
            found.append(told)
    return list(dict.fromkeys(found))


def learn(record: Record, comment: str, at: float) -> None:
    """Note them in the record with the comment they came from; what is known already keeps its first source."""
    known = {str(fact["text"]).casefold() for fact in record["facts"]}
    texts = [text for text in (clip(text, 120) for text in facts_in(comment)) if text.casefold() not in known]
    new = [{"text": text, "source": clip(comment), "at": at} for text in texts]
    record["facts"] = [*record["facts"], *new][-FACTS_KEPT:]
