"""Resolves pyproject.toml into the lock files, for every system at once; run by `python3 start.py lock`, needs uv.

`start.py lock` renews all of them to the newest that fits. `start.py lock tests release` writes only the named ones anew
(`runtime`, `tests`, `release`), and keeps what is pinned where it still fits. uv.lock would name the package index and
each file's host; these files hold only names, versions and hashes.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = "requirements.lock"
LOCKS = {
    "runtime": ["pyproject.toml", "-o", RUNTIME],
    "tests": ["--group", "pyproject.toml:test", "-c", RUNTIME, "-o", "tests/requirements.lock"],
    "release": [
        "--group",
        "pyproject.toml:build",
        "-c",
        RUNTIME,
        "-c",
        "tests/requirements.lock",
        "-o",
        "release/requirements.lock",
    ],
}
COMPILE = ["pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
FORM = ["--generate-hashes", "--no-annotate", "--no-header"]


def main(names: list[str]) -> int:
    """Returns uv's exit code: 0 when the locks are new; 2 for a name that is none."""
    if unknown := [name for name in names if name not in LOCKS]:
        print(f"{unknown[0]} is no lock; there are {', '.join(LOCKS)}", file=sys.stderr)
        return 2
    uv = shutil.which("uv")
    if not uv:
        print("renewing the locks needs uv: pip install uv", file=sys.stderr)
        return 1
    newest = [] if names else ["--upgrade"]
    for name in names or LOCKS:
        sources = LOCKS[name]
        print(f"resolving {sources[-1]}", flush=True)
        code = subprocess.run([uv, *COMPILE, *newest, *FORM, *sources], cwd=ROOT, check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
