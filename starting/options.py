"""The command line: what there is, and what goes together. Main thread."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from doctor import command as doctor_command
from live import rehearsal_command, replay_command, viewers_command
from settings import FILE


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with the command line in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"PalFriend: {message}. --help shows what there is.\n")


def options(arguments: Sequence[str] | None, *, folder: Path, version: str) -> argparse.Namespace:
    """The command line. Leaves with code 2 when it is wrong, 0 after --help and --version.

    `folder`: where the settings are when nobody says where.
    """
    parser = OneLineParser(prog="palfriend", description="A companion for your TikTok LIVE.", allow_abbrev=False)
    parser.add_argument(
        "--demo", action="store_true", help="try it: simulated viewers, no account, key or avatar needed"
    )
    parser.add_argument("--headless", action="store_true", help="no window, only the dashboard (this is the default)")
    parser.add_argument("--gui", action="store_true", help="open the settings window, too")
    parser.add_argument("--start", action="store_true", help="start the bot at once")
    doctor_command.add_options(parser)
    rehearsal_command.add_options(parser)
    replay_command.add_options(parser)
    viewers_command.add_options(parser)
    parser.add_argument("--settings", type=Path, default=folder / FILE, metavar="FILE", help="settings file")
    parser.add_argument("--host", default="127.0.0.1", help="address of the dashboard (default: this computer only)")
    parser.add_argument("--port", type=_port, default=5000, help="port of the dashboard (default: 5000)")
    parser.add_argument(
        "--dev", action="store_true", help="for work on the page: lets Vite's server on this computer in"
    )
    parser.add_argument("--log-level", type=str.upper, default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    parser.add_argument("--version", action="version", version=f"PalFriend {version}")
    chosen = parser.parse_args(arguments)
    if chosen.gui and chosen.headless:
        parser.error("--gui and --headless exclude each other")
    doctor_command.check(parser, chosen)
    rehearsal_command.check(parser, chosen)
    replay_command.check(parser, chosen)
    viewers_command.check(parser, chosen)
    return chosen


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)
