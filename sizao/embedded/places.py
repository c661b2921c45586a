"""Where the embedded default keeps its state, and which user it may run as."""

from __future__ import annotations

import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from sizao.ports import LOOPBACK, ensure_free, is_free

_PR_SET_PDEATHSIG: Final = 1


class Trouble(click.ClickException):
    """One sentence that says what is wrong and what to do."""


def state_place() -> Path:
    """`$SIZAO_STATE`, else the user's state directory; as root a system directory, which other users can reach."""
    given = os.environ.get("SIZAO_STATE")
    if given:
        return Path(given).absolute()
    if os.getuid() == 0:
        return Path("/var/lib/sizao")
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "sizao"


def state_directory() -> Path:
    """The state directory, made and writable; raises Trouble."""
    place = state_place()
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / ".writable").touch()
    except OSError as error:
        raise Trouble(f"{place} cannot be written ({error.strerror}): set SIZAO_STATE to a folder that can") from error
    return place


def remembered_port(state: Path, name: str) -> int | None:
    """The port of the last start, if there was one."""
    memory = state / f"{name}.port"
    return int(memory.read_text()) if memory.exists() else None


def lock(state: Path) -> int:
    """Nobody else runs here; raises Trouble naming who does. The lock ends with the process."""
    handle = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 20).decode().strip() or "unknown"
        raise Trouble(
            f"already running (pid {holder}), its state is in {state}: use it, or set SIZAO_STATE to another folder"
        ) from None
    os.truncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())
    return handle


def free_port(state: Path, name: str, wanted: int | None = None) -> int:
    """A port nobody uses on this machine: the wanted one, the one of the last time, or any. Remembered."""
    if wanted is not None:
        ensure_free(LOOPBACK, wanted, f"SIZAO_{name.upper()}_PORT")
        return wanted
    last = remembered_port(state, name)
    port = last if last and is_free(last) else _any_port()
    (state / f"{name}.port").write_text(str(port))
    return port


def listens(servers: str) -> bool:
    """Somebody takes connections at one of these host:port."""
    for server in servers.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=3).close()
        except (OSError, ValueError):
            continue
        return True
    return False


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def package_folder(package: str) -> Path:
    """Where an installed package of binaries lies; it is not imported."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise Trouble(
            f"{package} is not installed: it exists for glibc Linux and macOS. Elsewhere bring your own services: "
            "set SIZAO_KAFKA and SIZAO_DATABASE_URL"
        )
    return Path(found.submodule_search_locations[0])


def database_user() -> pwd.struct_passwd | None:
    """As whom PostgreSQL runs: as ourselves (None), or, since it refuses root, as another user."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Trouble("PostgreSQL refuses to run as root and there is no user postgres or nobody: run as another user")


def open_to(user: pwd.struct_passwd | None, state: Path) -> None:
    """The user can enter the state directory; raises Trouble where a folder above it is closed."""
    if user is None or _can_reach(user, state):
        return
    state.chmod(state.stat().st_mode | 0o001)
    if not _can_reach(user, state):
        raise Trouble(
            f"PostgreSQL refuses root and runs as {user.pw_name}, who cannot enter {state}: "
            "set SIZAO_STATE to a folder all of whose parents others may enter, such as /var/lib/sizao"
        )


def reachable_by(user: pwd.struct_passwd | None, folder: Path, state: Path) -> Path:
    """The folder of binaries itself, or, where the user cannot get there, a copy in the state directory."""
    if user is None or _can_reach(user, folder):
        return folder
    # By version: after an upgrade the old copy is not mistaken for the new one.
    version = importlib.metadata.version(folder.name.replace("_", "-"))
    copy = state / "binaries" / version / folder.name
    if not copy.exists():
        half = copy.with_name(f"{folder.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(folder, half, symlinks=True)
        libraries = folder.with_name(f"{folder.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy.with_name(libraries.name), symlinks=True, dirs_exist_ok=True)
        half.rename(copy)
    return copy


def _can_reach(user: pwd.struct_passwd, folder: Path) -> bool:
    for parent in (folder, *folder.parents):
        stat = parent.stat()
        others = stat.st_mode & 0o001
        group = stat.st_gid == user.pw_gid and stat.st_mode & 0o010
        owner = stat.st_uid == user.pw_uid and stat.st_mode & 0o100
        if not (others or group or owner):
            return False
    return True


def dies_with_us(signal_number: int) -> Callable[[], None] | None:
    """For a child: the signal it gets when this process is gone. Linux only; elsewhere the next start cleans up."""
    if not os.path.exists("/proc/self"):
        return None
    import ctypes

    libc: Any = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:  # it died between fork and here
            os._exit(1)

    return prepare
