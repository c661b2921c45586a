"""The secrets of telephones are sealed where they are kept: whoever reads the database alone can make no codes.

AES-256-GCM under a key of the console's own (SIZAO_FACTOR_KEY), which lies apart from the database and its backups.
A sealed secret belongs to one account: put into another row it does not open.
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from store.keeping.sealing import LEAST_KEY

_MARK: Final = "v1."
_NONCE: Final = 12  # bytes; each is made by chance, and there are few secrets
WANTED: Final = (
    "服务器没有正确的密钥（SIZAO_FACTOR_KEY），无法核对动态码：请联系管理员。备用码仍可使用。",
    "The server lacks the right SIZAO_FACTOR_KEY and cannot check codes: tell the operator. Recovery codes work.",
)


class FactorKey:
    """Seals and opens; raises ValueError for a key that could be guessed."""

    def __init__(self, key: str) -> None:
        if len(key) < LEAST_KEY:
            raise ValueError(f"SIZAO_FACTOR_KEY has fewer than {LEAST_KEY} characters: use `openssl rand -base64 32`")
        made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sizao second factor").derive(key.encode())
        self._cipher = AESGCM(made)

    def seal(self, secret: str, account_id: int) -> str:
        """What is kept of it."""
        nonce = os.urandom(_NONCE)
        return _MARK + base64.b64encode(nonce + self._cipher.encrypt(nonce, secret.encode(), _of(account_id))).decode()

    def open(self, kept: str, account_id: int) -> str | None:
        """The secret; None: it was sealed with another key, or for another account."""
        try:
            raw = base64.b64decode(kept.removeprefix(_MARK), validate=True)
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _of(account_id)).decode()
        except (InvalidTag, ValueError, binascii.Error):
            return None


def is_sealed(kept: str) -> bool:
    """It is kept as it should be; before there was a key, secrets were kept as they are."""
    return kept.startswith(_MARK)


def secret_of(key: FactorKey | None, kept: str | None, account_id: int) -> str | None:
    """The secret of an account, sealed or from before; None: it cannot be read."""
    if kept is None or not is_sealed(kept):
        return kept
    return None if key is None else key.open(kept, account_id)


def _of(account_id: int) -> bytes:
    return f"account {account_id}".encode()
