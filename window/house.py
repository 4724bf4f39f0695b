"""The window of a whole house: beside the bot and the dashboard, in their process. Main thread."""

import functools
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app import House
from gui import ConfigGUI, Tools
from settings import save_settings
from web.changes import hide_secrets
from window.exchange import bring_in, take_out
from window.rights import kept_of


def open_window(house: House, url: str, on_quit: Callable[[], object], root: Any = None) -> ConfigGUI:
    """`url`: the dashboard's; `root`: the process's Tk, if it has one already. Raises NoDisplay."""
    guide, doctor = house.guide, house.doctor

    def save(settings: Any) -> None:
        save_settings(settings)
        hide_secrets(house.settings, house.logs.redactor)

    tools = Tools(
        dashboard=functools.partial(webbrowser.open, url),
        voice=guide.try_voice if guide else None,
        doctor=lambda: doctor.examine(lambda _: None),
        bundle=lambda file: _write(file, doctor.bundle()[1]),
        take_out=functools.partial(take_out, house.settings),
        bring_in=functools.partial(bring_in, house.settings, guide.change) if guide else None,
        forget=lambda name: house.archive.forget(name).as_json(),
        export=functools.partial(kept_of, house.archive.export),
    )
    return ConfigGUI(
        house.settings,
        house.bridge,
        save=save,
        devices=house.devices,
        tools=tools,
        guide=None if house.demo else guide,
        listen=guide.probes.meter if guide else None,
        on_file=lambda: house.watch.report(running=house.bridge.running),
        on_quit=on_quit,
        logs=house.logs.lines,
        root=root,
    )


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(content)
