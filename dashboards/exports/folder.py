"""Packages as signed files in a folder, for networks that are kept apart, and the receipts that come back.

    national-000000012.json       the package, with its number
    national-000000012.json.sig   an Ed25519 signature of the name and the content, written last
    receipt-national-000000012.json and .sig   what the receiver signs

Ed25519 and not a shared secret: whoever can check a package cannot make one.
The name is signed too: a package put under another number is refused.
"""

from __future__ import annotations

import os
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from msgspec import Struct

from store.exports import Package

_CONTEXT: Final = b"sizao export 1\n"
_NUMBER: Final = re.compile(r"-(\d{9})\.json")
SIGNATURE: Final = ".sig"


class NotOurs(Exception):
    """A file that was changed, or signed by somebody else."""


class Envelope(Struct, frozen=True):
    """What a file of a package holds."""

    receiver: str
    number: int
    digest: str  # SHA-256 of the content, hexadecimal
    content: msgspec.Raw


class Receipt(Struct, frozen=True):
    """What a receiver says that it has."""

    receiver: str
    number: int
    digest: str
    received_at: str


def new_keys(path: Path) -> Path:
    """A private key for nobody else's eyes, and beside it the public one, which is returned."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    public = path.with_name(path.name + ".pub")
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return public


def private_key(path: Path) -> Ed25519PrivateKey:
    """Raises ValueError with a sentence where the file holds none."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} holds no private key: `sizao export keys FILE` makes one") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} holds another kind of key: `sizao export keys FILE` makes the right one")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """Raises ValueError with a sentence where the file holds none."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path} holds no public key: it is the .pub file of the other side") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"{path} holds another kind of key: it is the .pub file of the other side")
    return key


def write_package(folder: Path, package: Package, key: Ed25519PrivateKey) -> Path:
    """The package stands in the folder, whole; written again it is the same."""
    envelope = Envelope(package.receiver, package.number, package.digest.hex(), msgspec.Raw(package.body))
    return _write(folder / f"{package.key}.json", msgspec.json.encode(envelope), key)


def write_receipt(folder: Path, receipt: Receipt, key: Ed25519PrivateKey) -> Path:
    """The receipt stands in the folder, whole."""
    name = f"receipt-{receipt.receiver}-{receipt.number:09}.json"
    return _write(folder / name, msgspec.json.encode(receipt), key)


def read_package(path: Path, key: Ed25519PublicKey) -> Envelope:
    """Raises NotOurs where it was changed, renamed or signed by somebody else."""
    found = msgspec.json.decode(_checked(path, key), type=Envelope)
    if path.name != f"{found.receiver}-{found.number:09}.json":
        raise NotOurs(f"{path.name} holds number {found.number} of {found.receiver}: refused")
    return found


def read_receipt(path: Path, key: Ed25519PublicKey) -> Receipt:
    """Raises NotOurs where it was changed, renamed or signed by somebody else."""
    return msgspec.json.decode(_checked(path, key), type=Receipt)


def files(folder: Path, prefix: str) -> Iterator[tuple[int, Path]]:
    """(number, file) of those that are complete, in their order."""
    found = []
    for path in folder.glob(f"{prefix}-*.json"):
        match = _NUMBER.fullmatch(path.name.removeprefix(prefix))
        if match and path.with_name(path.name + SIGNATURE).exists():
            found.append((int(match[1]), path))
    yield from sorted(found)


def _checked(path: Path, key: Ed25519PublicKey) -> bytes:
    content = path.read_bytes()
    try:
        signature = b64decode(path.with_name(path.name + SIGNATURE).read_bytes(), validate=True)
        key.verify(signature, _signed(path.name, content))
    except (InvalidSignature, ValueError) as error:
        raise NotOurs(f"{path.name} was changed, or signed with another key: refused") from error
    return content


def _signed(name: str, content: bytes) -> bytes:
    return _CONTEXT + name.encode() + b"\n" + content


def _write(path: Path, content: bytes, key: Ed25519PrivateKey) -> Path:
    signature = b64encode(key.sign(_signed(path.name, content)))
    for target, data in ((path, content), (path.with_name(path.name + SIGNATURE), signature)):
        beside = target.with_name(f".{target.name}.unfinished")
        try:
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
        except OSError:
            with suppress(OSError):
                beside.unlink(missing_ok=True)  # a full stick has room for something smaller again
            raise
    _settle(path.parent)
    return path


def _settle(folder: Path) -> None:
    """The names are on the disk too, not only what they stand for."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
