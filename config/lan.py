"""Knobs of the dashboard for other devices. Pure data, any thread."""

from config.section import Section, Switch, knob


class Lan(Section):
    """The dashboard on other devices in your home network"""

    enabled: Switch = knob(False)
    address: str = knob("", advanced=True)
    token: str = knob("", environment="PALFRIEND_LAN_TOKEN", advanced=True)
