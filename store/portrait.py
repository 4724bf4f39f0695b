"""What of a viewer's record goes into the prompt of an answer to this viewer, and the words of theirs that fit a question.

Only one record is ever looked at, so no other viewer's words can get in. Bot's loop; about a millisecond at most.
"""

from collections.abc import Sequence

from store import bond
from store.files import name_of
from store.passages import NoSearchError, Passage, Passages, words_of
from store.record import Record
from store.remembering import BREAKS, AnyMemory, bond_of, get_background_info, known

PASSAGES, FACTS = 3, 6
LONGEST = 220
"""Characters of one part: all of them together fit into what the prompt has room for."""

COMMON = 2
"""Letters up to which a word is too small to look for."""


class Portraits:
    """A viewer in parts between bars, the first one always the counts."""

    def of(self, memory: AnyMemory, username: str, question: str = "") -> str:
        """Empty for a stranger and for who has only asked this: a first comment tells nothing of who wrote it."""
        counts, record = get_background_info(memory, username), known(memory, username)
        if record is None:
            return ""
        own = [*_notes(record), *_facts(record)]
        if not own and (not counts or counts.endswith(": 1 comments")):
            return ""
        name = BREAKS.sub(" ", name_of(username))
        lines = [counts or name, _standing(memory, username, record), *own, *self._wrote(record, question)]
        return " | ".join(BREAKS.sub(" ", line)[:LONGEST] for line in lines if line)

    def _wrote(self, record: Record, question: str) -> list[str]:
        said = list(dict.fromkeys(text for text in record["comments"] if text and text != question))
        return [f"wrote earlier: {text}" for text in best(said, question, PASSAGES)]


def best(texts: Sequence[str], question: str, most: int) -> list[str]:
    """Those that share most with the question, the rarest words counting most."""
    wanted = {word for word in words_of(question) if len(word) > COMMON}
    likely = [text for text in texts if not wanted.isdisjoint(words_of(text))]
    if len(likely) <= most:
        return likely
    try:
        index = Passages(Passage("", text) for text in likely)
    except NoSearchError:  # by the number of words that are shared
        return sorted(likely, key=lambda text: -len(wanted.intersection(words_of(text))))[:most]
    try:
        return [passage.text for passage in index.search(" ".join(sorted(wanted)), most)]
    finally:
        index.close()


def _standing(memory: AnyMemory, username: str, record: Record) -> str:
    """How close they are and how often they came; empty of who is here for the first time."""
    level = bond.level(bond_of(memory, username, record["last_seen"]))
    streams = record["streams"]
    parts = [f"a {level}"] if level != "stranger" else []
    parts += [f"here in {streams} streams so far"] if streams > 1 else []
    return ", ".join(parts)


def _notes(record: Record) -> list[str]:
    return [f"the streamer noted: {record['notes']}"] if record["notes"] else []


def _facts(record: Record) -> list[str]:
    newest = record["facts"][-FACTS:]
    return ["said of themselves: " + "; ".join(fact["text"] for fact in newest)] if newest else []
