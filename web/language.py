"""Which language whoever asks wants to be answered in. Pure."""

from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from web.words import LANGUAGES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def asked_in(environ: "WSGIEnvironment") -> str:
    """The first of our languages that the header Accept-Language wants most; English without one."""
    wanted = parse_accept_header(environ.get("HTTP_ACCEPT_LANGUAGE", ""), LanguageAccept)
    return wanted.best_match(LANGUAGES, LANGUAGES[0])


def named(language: Any) -> str:
    """This language if it is one of ours, else English; anything may have come as its name."""
    return language if isinstance(language, str) and language in LANGUAGES else LANGUAGES[0]
