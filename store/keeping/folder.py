"""A backup is a folder: a file for each table, a manifest, and the sums of all of them, written last.

It is written beside its place and moved there when it is whole and on the
disk, so that a folder of that name is a whole backup. `sha256sum -c SHA256SUMS`
in the folder checks it without this program.
"""

from __future__ import annotations

import hmac
import os
import re
import shutil
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from store.errors import StoreError
from store.keeping import sealing

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
_SIGNATURE: Final = "manifest.hmac"
_BLOCK: Final = 1 << 20


class BadBackup(StoreError):
    """The folder is no whole backup, or none that this program may read."""


class Part(Struct, frozen=True):
    """A table in its file."""

    table: str
    columns: tuple[str, ...]
    rows: int
    file: str


class Manifest(Struct, frozen=True):
    """What a backup holds; nothing of it names a resident."""

    format: int
    made_at: str
    program: str
    server: str
    timescaledb: str | None
    migrations: tuple[str, ...]
    parts: tuple[Part, ...]
    sequences: dict[str, tuple[int, bool]]  # name -> (last value, whether it was given away)
    salt: str | None  # of the key; None: not sealed


class Writing:
    """A backup that is being written."""

    def __init__(self, folder: Path, passphrase: str | None) -> None:
        self.folder = folder  # under the name it has until it is whole
        salt = os.urandom(16) if passphrase else None
        self.salt = None if salt is None else b64encode(salt).decode()
        self._master = None if salt is None or passphrase is None else sealing.master_key(passphrase, salt)
        self._sums: dict[str, str] = {}

    def add(self, table: str, blocks: Iterable[bytes]) -> str:
        """The blocks are on the disk, compressed and sealed; the name of their file."""
        name = f"{table}.copy.gz" + (".sealed" if self._master else "")
        pieces = sealing.compressed(blocks)
        self._write(
            name, pieces if self._master is None else sealing.sealed(pieces, sealing.key_of(self._master, name))
        )
        return name

    def finish(self, manifest: Manifest) -> None:
        """The manifest and the sums are on the disk."""
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        self._write(MANIFEST, [text])
        if self._master is not None:
            self._write(_SIGNATURE, [_signature(text, self._master)])
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(self._sums.items()))
        self._write(SUMS, [lines.encode()])

    def _write(self, name: str, pieces: Iterable[bytes]) -> None:
        digest = sha256()
        with (self.folder / name).open("xb") as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            if hasattr(os, "posix_fadvise"):  # else reading it back would ask the memory, not the disk
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        self._sums[name] = digest.hexdigest()


@contextmanager
def writing(place: Path, passphrase: str | None) -> Iterator[Writing]:
    """At the end a whole backup stands at `place`; where anything went wrong, nothing does."""
    if place.exists():
        raise BadBackup(f"{place} is there already: name another folder, a backup is never written over")
    beside = place.with_name(f"{place.name}.unfinished")
    shutil.rmtree(beside, ignore_errors=True)  # of a backup that was killed
    beside.mkdir(mode=0o700, parents=True)  # residents' data: for nobody else
    try:
        yield Writing(beside, passphrase)
        beside.rename(place)
        _sync(place.parent)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


class Backup:
    """A whole backup whose manifest was read."""

    def __init__(self, folder: Path, passphrase: str | None) -> None:
        """Raises BadBackup unless the folder is a whole backup that this key opens."""
        self._folder = folder
        self._sums = _sums(folder)
        text = self._checked(MANIFEST)
        self.manifest = _manifest(folder, text)
        if self.manifest.format > FORMAT:
            raise BadBackup(
                f"{folder} was written by a newer version ({self.manifest.program}): restore it with that one"
            )
        self._master: bytes | None = None
        if self.manifest.salt is not None:
            if not passphrase:
                raise BadBackup(f"{folder} is sealed: give its key by SIZAO_BACKUP_KEY_FILE")
            self._master = sealing.master_key(passphrase, b64decode(self.manifest.salt))
            if not hmac.compare_digest(self._checked(_SIGNATURE), _signature(text, self._master)):
                raise BadBackup(
                    f"{folder} cannot be opened: it was sealed with another key, or its manifest was changed"
                )

    def check(self, passed: Callable[[int], object]) -> None:
        """Every file is as it was written, opens, and has its rows; told how many bytes were read. Raises BadBackup."""
        for part in self.manifest.parts:
            digest = sha256()
            for piece in self._pieces(part.file):
                digest.update(piece)
                passed(len(piece))
            self._compare(part.file, digest.hexdigest())
            compare_rows(part, sum(block.count(b"\n") for block in self.blocks(part)))

    def size(self) -> int:
        """Bytes of all tables' files."""
        return sum(self._file(part.file).stat().st_size for part in self.manifest.parts)

    def blocks(self, part: Part) -> Iterator[bytes]:
        """What COPY wrote; raises BadBackup where it cannot be read."""
        pieces: Iterable[bytes] = self._pieces(part.file)
        if self._master is not None:
            pieces = sealing.opened(pieces, sealing.key_of(self._master, part.file))
        try:
            yield from sealing.expanded(pieces)
        except (ValueError, OSError, zlib.error, sealing.NotOpened) as error:
            raise BadBackup(f"{part.file} cannot be read: {error}; take another backup") from error

    def _checked(self, name: str) -> bytes:
        data = b"".join(self._pieces(name))
        self._compare(name, sha256(data).hexdigest())
        return data

    def _compare(self, name: str, digest: str) -> None:
        if self._sums.get(name) != digest:
            raise BadBackup(f"{self._folder / name} is damaged: its sum is not the one in {SUMS}; take another backup")

    def _pieces(self, name: str) -> Iterator[bytes]:
        with self._file(name).open("rb") as file:
            while piece := file.read(_BLOCK):
                yield piece

    def _file(self, name: str) -> Path:
        path = self._folder / name
        if not path.is_file():
            raise BadBackup(f"{path} is missing: the backup is damaged, take another one")
        return path


def manifest_of(folder: Path) -> Manifest:
    """What the backup says of itself, as it stands there: nothing is checked, so this is quick. Raises BadBackup."""
    try:
        return _manifest(folder, (folder / MANIFEST).read_bytes())
    except OSError as error:
        raise BadBackup(f"{folder} is no whole backup: its {MANIFEST} cannot be read") from error


def compare_rows(part: Part, came: int) -> None:
    """Raises BadBackup unless the table has as many rows as are listed."""
    if came != part.rows:
        raise BadBackup(f"{part.table}: {came} rows came, the manifest says {part.rows}; take another backup")


def _manifest(folder: Path, text: bytes) -> Manifest:
    try:
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise BadBackup(f"{folder / MANIFEST} is not one of ours: {error}") from error


def _sums(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / SUMS).read_text("ascii").splitlines()
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError) as error:
        raise BadBackup(f"{folder} is no whole backup: it has no {SUMS}, which is written last") from error
    found = [re.fullmatch(r"([0-9a-f]{64})  ([\w.]+)", line) for line in lines]
    if not found or not all(found):
        raise BadBackup(f"{folder / SUMS} is damaged: take another backup")
    return {match[2]: match[1] for match in found if match}


def _signature(text: bytes, master: bytes) -> bytes:
    return hmac.digest(sealing.key_of(master, MANIFEST), text, "sha256").hex().encode()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
