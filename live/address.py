"""What the settings of TikTok mean: whose live, at which servers, as whom. Pure, any thread."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from config import typed
from events import Link, LinkState, SourceError
from settings import TikTok

HOME = "useast1a"
"""The data centre that anonymous viewers of the library have."""

TOKEN = re.compile(r"[\w.%\-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Empty text: the library's own value."""

    name: str
    app_url: str = ""
    webcast_url: str = ""
    sign_url: str = ""
    sign_key: str = field(default="", repr=False)
    session: tuple[str, str] | None = field(default=None, repr=False)
    """Session id and the data centre (tt-target-idc) that knows it."""


def read(settings: TikTok) -> Address:
    """Raises SourceError when only the streamer can put it right."""
    key = settings.sign_api_key
    if not (key.isascii() and key.isprintable()):  # it would not pass as a header
        raise _needs_streamer("tiktok_key_refused")
    return Address(
        name=name_of(settings.unique_id),
        app_url=_base(settings.app_url),
        webcast_url=_webcast(settings.webcast_url),
        sign_url=_base(settings.sign_url),
        sign_key=key,
        session=_session(settings.session_id),
    )


def name_of(text: str) -> str:
    """The bare name in "@name", " name ", "https://www.tiktok.com/@name/live?x=1". Raises SourceError without one."""
    if not text.replace("@", " ").strip():
        raise _needs_streamer("tiktok_name_missing")
    name = typed.tiktok_name(text)
    if not typed.TIKTOK_NAME.fullmatch(name):
        raise _needs_streamer("tiktok_name_invalid")
    return name


def _base(url: str) -> str:
    url = url.strip().rstrip("/")
    if not url:
        return ""
    url = url if "://" in url else f"https://{url}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        usable = False
    if not usable:
        raise _needs_streamer("tiktok_address_invalid")
    return url


def _webcast(url: str) -> str:
    base = _base(url)
    return base if not base or base.endswith("/webcast") else f"{base}/webcast"


def _session(text: str) -> tuple[str, str] | None:
    """From "id" or "id|idc" or "id;idc"."""
    if not text.strip():
        return None
    identifier, _, centre = (part.strip() for part in re.sub("[;]", "|", text, count=1).partition("|"))
    centre = centre or HOME
    if not (TOKEN.fullmatch(identifier) and TOKEN.fullmatch(centre)):
        raise _needs_streamer("tiktok_session_invalid")
    return identifier, centre


def _needs_streamer(code: str) -> SourceError:
    return SourceError(Link(state=LinkState.ERROR, code=code))
