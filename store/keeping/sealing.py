"""A stream that leaves the database is compressed and, where there is a key, sealed against reading and changing.

AES-256-GCM in frames of one MiB. The nonce is the number of the frame, and its
last byte says whether it is the last one (the STREAM construction of Hoang and
others, 2015): frames that were cut off, moved or taken from elsewhere are
noticed. Each file has a key of its own, so that no nonce comes twice.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

FRAME: Final = 1 << 20
LEAST_KEY: Final = 16
"""Characters: below it a key is guessed."""

_TAG: Final = 16
_LEVEL: Final = 1  # COPY text shrinks to a fifth at the first level; the ninth wins little and costs six times


class NotOpened(Exception):
    """Another key, or somebody changed it."""


def master_key(passphrase: str, salt: bytes) -> bytes:
    """32 bytes by scrypt, at the cost RFC 7914 names for files (2^17, about 128 MiB once)."""
    if len(passphrase) < LEAST_KEY:
        raise ValueError(f"the key has fewer than {LEAST_KEY} characters: make one with `openssl rand -base64 32`")
    return Scrypt(salt=salt, length=32, n=1 << 17, r=8, p=1).derive(passphrase.encode())


def key_of(master: bytes, name: str) -> bytes:
    """The key of one file, or of the manifest's signature."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sizao backup " + name.encode()).derive(master)


def compressed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks as one gzip stream: `gzip -d` reads it.

    >>> b"".join(expanded(compressed([b"one ", b"two"])))
    b'one two'
    """
    engine = zlib.compressobj(_LEVEL, wbits=31)
    for block in blocks:
        if piece := engine.compress(block):
            yield piece
    yield engine.flush()


def expanded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What was compressed; raises zlib.error where it is not."""
    engine = zlib.decompressobj(wbits=31)
    for piece in pieces:
        if block := engine.decompress(piece):
            yield block
    yield engine.flush()
    if not engine.eof:
        raise zlib.error("the stream ends too early")


def sealed(pieces: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """The pieces in sealed frames.

    >>> b"".join(opened(sealed([b"one ", b"two"], bytes(32)), bytes(32)))
    b'one two'
    """
    engine = AESGCM(key)
    frames = _framed(pieces, FRAME)
    number, frame = 0, next(frames)
    for following in frames:
        yield engine.encrypt(_nonce(number, last=False), frame, None)
        number, frame = number + 1, following
    yield engine.encrypt(_nonce(number, last=True), frame, None)


def opened(pieces: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """What was sealed; raises NotOpened with another key, and where anything is missing or changed."""
    engine = AESGCM(key)
    frames = _framed(pieces, FRAME + _TAG)
    number, frame = 0, next(frames)
    try:
        for following in frames:
            yield engine.decrypt(_nonce(number, last=False), frame, None)
            number, frame = number + 1, following
        yield engine.decrypt(_nonce(number, last=True), frame, None)
    except InvalidTag as error:
        raise NotOpened("it cannot be opened: another key, or it was changed") from error


def _framed(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in frames of one size, the last one shorter; at least one."""
    kept = bytearray()
    for piece in pieces:
        kept += piece
        while len(kept) > size:
            yield bytes(kept[:size])
            del kept[:size]
    yield bytes(kept)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])
