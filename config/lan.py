"""Knobs of the dashboard for other devices. Pure data, any thread."""

from config.section import Section, Switch, knob


class Lan(Section):
    """The dashboard on other devices in your home network"""

    enabled: Switch = knob(False, "Open the dashboard to devices in your home network that know the token")
    address: str = knob("", "This computer's address in that network; empty: found by itself")
    token: str = knob(
        "", "What other devices must show; made by itself, and part of the QR code", environment="PALFRIEND_LAN_TOKEN"
    )
