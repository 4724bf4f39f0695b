"""Two runs of the same live side by side: what other settings would have changed, in a table for the streamer. Pure."""

from collections import Counter, deque
from collections.abc import Sequence
from statistics import median

from live.notes import key_of
from live.tally import percentiles
from live.tape import Entry, Recording
from settings import Section, Settings

EXAMPLES = 5
LONGEST_EXAMPLE = 70
MOVED = 0.5
"""Seconds from which something counts as earlier or later."""

OTHER_THANKS = ("follow", "share", "subscribe", "like")
Row = tuple[str, float | None, str]
"""label, value (None: there is none), unit"""


def overlay(recorded: Settings, given: Settings) -> Settings:
    """The recorded settings with what `given` says; what its file leaves out stays as it was in the live."""
    result = recorded.model_copy(deep=True)
    for name in given.model_fields_set & type(given).model_fields.keys():
        part = given[name]
        if not isinstance(part, Section):
            result[name] = part
            continue
        for knob in part.model_fields_set & type(part).model_fields.keys():
            result[name][knob] = part[knob]
    return result


class Run:
    """What was decided in one run of a recording, and when; times in seconds since it began."""

    def __init__(self, recording: Recording, decisions: Sequence[Entry]) -> None:
        self._decisions = decisions
        self._ends = recording.ends - recording.begins
        self._talks = [(e["at"] - recording.begins, e["talking"]) for e in recording.of("mic")]
        self.events: dict[str, tuple[float, Entry]] = {}
        for entry in recording.of("event"):  # a repeat is no second happening
            self.events.setdefault(key_of(entry["event"]), (entry["at"] - recording.begins, entry["event"]))
        self.fates = {e["key"]: e for e in decisions if e["happening"] == "fate"}
        self.spoken = [e for e in decisions if e["happening"] == "utterance_end" and not e["error"]]
        self.heard: dict[str, float] = {}
        """key -> seconds from the event to the first word about it that was heard."""
        for line in self.spoken:
            for key in line["keys"]:
                if key in self.events:
                    self.heard.setdefault(key, max(0.0, line["at"] - line["seconds"] - self.events[key][0]))

    def rows(self) -> list[Row]:
        """What is counted and measured, without the reasons."""
        fates = Counter((fate["kind"], fate["fate"]) for fate in self.fates.values())
        return [
            ("Comments answered", sum(n for (_, fate), n in fates.items() if fate == "answered"), ""),
            ("Thanks for gifts", fates["gift", "thanked"], ""),
            ("Other thanks", sum(fates[kind, "thanked"] for kind in OTHER_THANKS), ""),
            ("Greetings", fates["join", "thanked"], ""),
            ("Lines spoken", len(self.spoken), ""),
            ("Time spoken", sum(line["seconds"] for line in self.spoken), "s"),
            ("Spoken while you talked", self._overlap(), "s"),
            *self._delays("Comment to answer", "answered", ""),
            *self._delays("Gift to thanks", "thanked", "gift"),
            ("Lines the gate refused", self._judged("refuse"), ""),
            ("Lines the gate changed", self._judged("rewrite"), ""),
        ]

    def reasons(self) -> Counter[str]:
        """Why what was skipped was skipped."""
        return Counter(fate["reason"] for fate in self.fates.values() if fate["fate"] == "skipped")

    def example(self, key: str) -> str:
        """The event of this key, for people."""
        at, event = self.events[key]
        said = plain(f"{event.get('nickname', '')}: {event.get('text', '')}")
        return f"{timecode(at)}  {said[:LONGEST_EXAMPLE]}"

    def _judged(self, action: str) -> int:
        return sum(entry["happening"] == "verdict" and entry["action"] == action for entry in self._decisions)

    def _delays(self, label: str, fate: str, kind: str) -> list[Row]:
        """p50 and p95 over what had this fate; `kind` empty: of every kind."""
        keys = [
            key for key, f in self.fates.items() if f["fate"] == fate and kind in {"", f["kind"]} and key in self.heard
        ]
        points = percentiles(deque(self.heard[key] for key in keys))
        return [(f"{label}, {name}", points[name], "s") for name in ("p50", "p95")]

    def _overlap(self) -> float:
        """Seconds in which both talked."""
        talks: list[tuple[float, float]] = []
        for at, talking in [*self._talks, (self._ends, False)]:
            if talking:
                talks.append((at, at))
            elif talks and talks[-1][0] == talks[-1][1]:
                talks[-1] = talks[-1][0], at
        lines = [(line["at"] - line["seconds"], line["at"]) for line in self.spoken]
        return sum((max(0.0, min(end, e) - max(begin, b)) for begin, end in talks for b, e in lines), 0.0)


def report(run: Run) -> str:
    """One run, for people."""
    reasons = [(f"Skipped: {reason}", count, "") for reason, count in sorted(run.reasons().items())]
    return _table([(label, _shown(value, unit)) for label, value, unit in [*run.rows(), *reasons]])


def comparison(was: Run, would: Run, name: str) -> str:
    """Both runs, what differs between them, and examples; `name` is what the other settings are called."""
    old, new = was.reasons(), would.reasons()
    both = [(label, a, b, unit) for (label, a, unit), (_, b, _) in zip(was.rows(), would.rows(), strict=True)]
    both += [(f"Skipped: {reason}", old[reason], new[reason], "") for reason in sorted(old | new)]
    head = ("", "as it was", plain(name)[:30], "difference")
    table = _table([head, *((label, _shown(a, u), _shown(b, u), _difference(a, b, u)) for label, a, b, u in both)])
    return "\n".join([table, *_moved(was, would), *_examples(was, would)])


def _moved(was: Run, would: Run) -> list[str]:
    """Thanks that come earlier or later, and by how much."""
    both = [
        k
        for k, fate in was.fates.items()
        if fate["fate"] == "thanked" and would.fates.get(k, fate)["fate"] == "thanked"
    ]
    shifts = [would.heard[k] - was.heard[k] for k in both if k in was.heard and k in would.heard]
    found = []
    for word, some in (("earlier", [-s for s in shifts if s <= -MOVED]), ("later", [s for s in shifts if s >= MOVED])):
        if some:
            found.append(f"{len(some)} thanks and greetings come {word}, by {median(some):.1f} s (p50).")
    return found


def _examples(was: Run, would: Run) -> list[str]:
    lines: list[str] = []
    for title, one, other in (("Answered only now", would, was), ("No longer answered", was, would)):
        keys = [
            key
            for key, fate in one.fates.items()
            if fate["fate"] == "answered" and key in one.events and other.fates.get(key, {}).get("fate") != "answered"
        ]
        if keys:
            lines += ["", f"{title} ({len(keys)}):"]
            lines += [f"  {one.example(key)}{_why(other, key)}" for key in keys[:EXAMPLES]]
    return lines


def _why(run: Run, key: str) -> str:
    reason = run.fates.get(key, {}).get("reason")
    return f"  [{reason}]" if reason else ""


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:.1f} {unit}" if unit else str(value)


def _difference(a: float | None, b: float | None, unit: str) -> str:
    if a is None or b is None:
        return "" if a is b else "?"
    shift = round(b - a, 1)
    if not shift:
        return "="
    return f"{shift:+.1f} {unit}" if unit else f"{shift:+}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))] for row in rows
    ]
    return "\n".join("  ".join(line).rstrip() for line in lines)


def plain(text: str) -> str:
    """Without what would steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def timecode(seconds: float) -> str:
    """0:12:05"""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
