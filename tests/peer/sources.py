"""Source distributions of the peers, fetched when a test asks for them and kept out of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("SCHEMAMIGRATE_CACHE") or ROOT / ".cache") / "peer"
#: Folders of modules that stand in for the peers, to be put first on ``PYTHONPATH``.
ALIASES = Path(__file__).parent / "aliases"


class Unavailable(Exception):
    """A distribution could not be fetched; the message has pip's last words."""


def fetch(name: str, version: str) -> Path:
    """Return the unpacked source distribution of a package; it is fetched once.

    Safe with several test processes.  Raises Unavailable.
    """
    folder = CACHE / f"{name}-{version}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            _unpack(_download(name, version, folder), folder)
            (folder / "complete").touch()
    return next(path for path in folder.iterdir() if path.is_dir())


def _download(name: str, version: str, folder: Path) -> Path:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet")
    wanted = ("--no-deps", "--no-binary", name, f"{name}=={version}")
    done = subprocess.run((*pip, "-d", str(folder), *wanted), capture_output=True, text=True)
    found = list(folder.glob("*.tar.gz"))
    if done.returncode or not found:
        raise Unavailable(f"{name} {version}: {done.stderr.strip()[-500:]}")
    return found[0]


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as opened:
        if hasattr(tarfile, "data_filter"):
            opened.extractall(folder, filter="data")
        else:
            opened.extractall(folder)
    archive.unlink()
