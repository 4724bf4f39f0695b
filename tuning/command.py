"""The settings on the command line: `python3 -m tuning.command --help`. A PalFriend that runs takes changes over itself.

Whatever would change is shown first, one line each; with --apply it is made true, all of it or nothing.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from config import files
from config.problems import refusal, shown
from config.words import Told
from settings import Settings, SettingsError, changed, load_settings, save_settings
from tuning import profiles
from tuning.export import exported
from tuning.proposal import Proposal, from_text, to_defaults

Say = Callable[[str], object]


def on_screen(line: str) -> None:
    """Print it; what this console has no letter for is a question mark."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(line.encode(encoding, "replace").decode(encoding) + "\n")


def main(arguments: Sequence[str] | None = None, say: Say = on_screen) -> int:
    """0 when all is well, 1 when something cannot be used, 2 when the command line is wrong."""
    chosen = _options(arguments)
    try:
        return _perform(load_settings(chosen.settings), chosen, say)
    except SettingsError as error:
        for line in str(error).splitlines():
            say(line)
        return 1
    except profiles.NoSuchProfileError as error:
        say(f"There is none of the name {shown(str(error))}.")
        return 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m tuning.command", description=__doc__.splitlines()[0])
    parser.add_argument("--settings", type=Path, default=Path("settings.yaml"), metavar="FILE", help="settings file")
    orders = parser.add_subparsers(dest="order", required=True, metavar="ORDER")
    export = orders.add_parser("export", help="show all settings but the secrets")
    export.add_argument("--format", choices=("yaml", "json"), default="yaml")
    for name, what, words in (
        ("import", "file", "what a settings file would change"),
        ("preset", "name", f"what a preset would change: {', '.join(profiles.presets())}"),
        ("load", "name", "what a profile would change"),
    ):
        order = orders.add_parser(name, help=words)
        order.add_argument(what)
        order.add_argument("--apply", action="store_true", help="change it")
    reset = orders.add_parser("reset", help="what the defaults would change; a section's name stands for all in it")
    reset.add_argument("paths", nargs="+")
    reset.add_argument("--apply", action="store_true", help="change it")
    for name, words in (("save", "keep the settings as a profile"), ("delete", "delete a profile")):
        orders.add_parser(name, help=words).add_argument("name")
    orders.add_parser("list", help="presets and profiles")
    return parser.parse_args(arguments)


def _perform(settings: Settings, chosen: argparse.Namespace, say: Say) -> int:
    """Raises SettingsError, NoSuchProfileError."""
    match chosen.order:
        case "export":
            say(exported(settings, chosen.format).rstrip("\n"))
        case "save":
            profiles.save(settings, chosen.name)
        case "delete":
            profiles.delete(settings, chosen.name)
        case "list":
            say("\n".join([*profiles.presets(), *(profile["name"] for profile in profiles.listed(settings))]))
        case _:
            return _propose(settings, _proposal(settings, chosen), say, apply=chosen.apply)
    return 0


def _proposal(settings: Settings, chosen: argparse.Namespace) -> Proposal:
    match chosen.order:
        case "import":
            text = files.read_text(Path(chosen.file))
            if text is None:
                raise refusal(Path(chosen.file), Told("problem.file.missing"))
            return from_text(settings, text)
        case "preset":
            return profiles.preset(settings, chosen.name)
        case "load":
            return profiles.load(settings, chosen.name)
    return to_defaults(settings, chosen.paths)


def _propose(settings: Settings, proposal: Proposal, say: Say, *, apply: bool) -> int:
    for change in proposal.changes:
        say(f"{change.path}: {shown(change.before)} -> {shown(change.after)}")
    for name in proposal.ignored:
        say(f"{name}: left out")
    for problem in proposal.problems:
        line = f", line {problem.line}" if problem.line else ""
        say(f"{problem.path or 'the file'}{line}: {problem.message}")
    if proposal.problems:
        say("Nothing was changed.")
        return 1
    if apply and proposal.wishes:
        changed(settings, proposal.wishes)
        save_settings(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
