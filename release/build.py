"""Builds PalFriend for people without Python: one folder for the system it runs on; run by `python3 start.py build`.

Options: `--out FOLDER` (default: dist beside start.py), `--zip` to pack it as well.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "PalFriend"


def main(arguments: list[str] | None = None) -> int:
    """Returns PyInstaller's exit code: 0 when the folder is new and whole."""
    parser = argparse.ArgumentParser(prog="start.py build", description="Build PalFriend into one folder.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="FOLDER", help="where (default: dist)")
    parser.add_argument("--zip", action="store_true", help="also pack the folder")
    chosen = parser.parse_args(arguments)
    out: Path = chosen.out.absolute()
    with tempfile.TemporaryDirectory(prefix="palfriend-build-") as work:
        fresh = Path(work) / "fresh"
        command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=WARN"]
        command += [f"--distpath={fresh}", f"--workpath={work}/work", str(ROOT / "release" / "palfriend.spec")]
        print(f"building {NAME}, this takes a minute or two", flush=True)
        # what is built must not depend on the order in which a run happens to hash things
        code = subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": "1"}, check=False).returncode
        if code:
            return code
        put(fresh / NAME, out / NAME)
    print(f"built: {out / NAME}", flush=True)
    if chosen.zip:
        print(f"packed: {packed(out)}", flush=True)
    return 0


def put(fresh: Path, place: Path) -> None:
    """The new folder in the place of an old build. What else lies there, such as somebody's settings, is kept."""
    place.mkdir(parents=True, exist_ok=True)
    for old in ("_internal", *(entry.name for entry in fresh.iterdir())):
        target = place / old
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
    for entry in fresh.iterdir():
        shutil.move(entry, place / entry.name)


def packed(out: Path) -> Path:
    """The folder as a zip that names version and system, without what a run has left in it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name = f"{NAME}-{project['version']}-{platform.system().lower()}-{platform.machine().lower()}"
    with tempfile.TemporaryDirectory(prefix="palfriend-zip-") as work:
        copy = Path(work) / NAME
        shutil.copytree(out / NAME, copy, ignore=_only_the_build(out / NAME), symlinks=True)
        return Path(shutil.make_archive(str(out / name), "zip", work, NAME))


def _only_the_build(place: Path):
    ours = {"_internal", NAME, f"{NAME}.exe", "palfriend-console", "palfriend-console.exe"}
    return lambda folder, names: [n for n in names if Path(folder) == place and n not in ours]


if __name__ == "__main__":
    sys.exit(main())
