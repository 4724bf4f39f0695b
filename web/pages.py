"""The files of the built dashboard. Only what a listing of their folder names is ever opened."""

import functools
import gzip
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import PathConverter

from web.describe import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

DIST = Path(__file__).parent.parent / "frontend" / "dist"

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
"""Not the system's table: Windows' registry may call .js a text, and browsers then refuse to run it."""

PACKABLE = {".html", ".js", ".css", ".json", ".svg", ".txt"}
SMALLEST_PACKED = 500
"""Bytes below which packing gains nothing."""

MISSING = (
    "<!doctype html><title>PalFriend</title><p>The dashboard has not been built: frontend/dist is missing. "
    "With Node.js, run <code>npm ci</code> and <code>npm run build</code> in the folder frontend."
)


class _FilePath(PathConverter):
    """Any path outside the API, so that a wrong method there is a 405 and not a missing file."""

    regex = r"(?!api(?:/|$))[^/].*?"


def serve_pages(app: Flask, folder: Path = DIST) -> None:
    """`/`, `/overlay` and every file of the built dashboard; those under assets/ carry a hash in their name and never change."""
    app.url_map.converters["file"] = _FilePath

    def page(name: str) -> ResponseReturnValue:
        files = _listing(folder)
        if name not in files:
            return Response(MISSING, 404, mimetype="text/html")
        return _send(files, name)

    @app.get("/")
    @describe("The dashboard's page.", media="text/html", errors=(404,))
    def index() -> ResponseReturnValue:
        return page("index.html")

    @app.get("/overlay")
    @describe("The captions for OBS.", media="text/html", errors=(404,))
    def overlay() -> ResponseReturnValue:
        """The captions for OBS; see docs/overlay.md."""
        return page("overlay.html")

    @app.get("/<file:name>")
    @describe("A file of the dashboard.", media="*/*")
    def page_file(name: str) -> ResponseReturnValue:
        files = _listing(folder)
        if name not in files:
            abort(404)
        return _send(files, name)


def _listing(folder: Path) -> dict[str, Path]:
    """Read anew for each request (some twenty files): a rebuilt dashboard is there at the next reload."""
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def _send(files: "Mapping[str, Path]", name: str) -> Response:
    path = files[name]
    kind = TYPES.get(path.suffix, "application/octet-stream")
    stat = path.stat()
    packable = path.suffix in PACKABLE and stat.st_size >= SMALLEST_PACKED
    gzipped = packable and request.accept_encodings["gzip"] > 0
    data = _packed(path, stat.st_mtime_ns, stat.st_size) if gzipped else path.read_bytes()
    response = Response(data, content_type=kind)
    response.add_etag()
    response.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if name.startswith("assets/") else "no-cache"
    )
    if packable:
        response.vary.add("Accept-Encoding")
    if gzipped:
        response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request)
    response.headers.pop("Date", None)  # the server says it
    return response


@functools.lru_cache(maxsize=128)
def _packed(path: Path, _changed: int, _size: int) -> bytes:
    """The file's content for the way; packed once, and anew when the file has another time or size."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)
