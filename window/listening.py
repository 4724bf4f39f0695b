"""The meter on the microphone's page: the bot's level while it runs, else that of the device chosen there. Main thread only."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from window.meter import SILENT, Levels, Meter

with contextlib.suppress(ImportError):  # window.parts.open_root says what is missing
    from tkinter import ttk

if TYPE_CHECKING:
    from window.field import Field
    from window.skin import Skin

PAGE = "microphone"


class Closable(Protocol):
    """An open microphone."""

    def close(self) -> None: ...


OpenMeter = Callable[[str, Callable[[Mapping[str, Any]], None]], Closable]
"""Open the microphone of this name; its levels are told from another thread until it is closed."""


class Listening:
    """Opens the device only while its page is in front and no bot runs, which hears it then."""

    def __init__(
        self, fields: Mapping[str, Field], body: ttk.Frame, row: int, skin: Skin, open_meter: OpenMeter | None
    ) -> None:
        self._fields, self._open_meter = fields, open_meter
        self.meter = Meter(body, skin)
        self.meter.canvas.grid(row=row, column=1, sticky="w", pady=(6, 0))
        self._levels = Levels()
        self._opened: Closable | None = None
        self._device = ""

    def follow(self, page: str, heard: Mapping[str, Any] | None) -> None:
        """`page`: the one in front; `heard`: what the bot hears now, None when no bot runs."""
        wanted = page == PAGE and heard is None and self._open_meter is not None
        device = str(self._fields["microphone.device"].read())
        if self._opened and not (wanted and device == self._device):
            self.close()
        if wanted and not self._opened and self._open_meter:
            self._levels, self._device = Levels(), device
            self._opened = self._open_meter(device, self._levels.tell)
        if page == PAGE:
            meters = self._levels.now if heard is None else heard
            self.meter.show({**meters, "bar_dbfs": self._bar(meters.get("bar_dbfs"))})

    def _bar(self, measured: float | None) -> float | None:
        """The line: with plain loudness the threshold that stands in its field now, else what a measured voice gives."""
        if self._fields["microphone.engine"].read() != "rms":
            return measured
        with contextlib.suppress(ValueError):
            threshold = float(str(self._fields["microphone.silence_threshold"].read()).replace(",", "."))
            return 20 * math.log10(threshold) if 0 < threshold <= 1 else None
        return None

    def close(self) -> None:
        """Let go of the microphone."""
        if self._opened:
            self._opened.close()
        self._opened, self._levels = None, Levels()
        self.meter.show(SILENT)
