"""Resolves pyproject.toml anew into both lock files, for every system at once; run by `python3 start.py lock`, needs uv.

uv.lock would name the package index and each file's host; these files hold only names, versions and hashes.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME, TESTS = "requirements.lock", "tests/requirements.lock"
COMPILE = ["pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version", "3.11"]
FORM = ["--generate-hashes", "--no-annotate", "--no-header"]


def main() -> int:
    """Returns uv's exit code: 0 when both locks are new."""
    uv = shutil.which("uv")
    if not uv:
        print("renewing the locks needs uv: pip install uv", file=sys.stderr)
        return 1
    for sources in (["pyproject.toml", "-o", RUNTIME], ["--group", "pyproject.toml:test", "-c", RUNTIME, "-o", TESTS]):
        print(f"resolving {sources[-1]}", flush=True)
        code = subprocess.run([uv, *COMPILE, *FORM, *sources], cwd=ROOT, check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
