"""Passwords: argon2id, and the same time for a login that nobody has."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST: Final = 10
"""Characters of any kind. NIST SP 800-63B wants 8 beside a second factor, 15 without: ten is ours."""
MOST: Final = 200
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read for something else

_hasher: Final = PasswordHasher()
"""RFC 9106, for machines with little memory: 64 MiB, 3 passes, 4 lanes."""
_beside: Final = ThreadPoolExecutor(2, "passwords")
"""Beside the event loop; more at once would take the memory of a small machine."""


def why_not(password: str, login: str) -> tuple[str, str] | None:
    """Why it is no password, in Chinese and English; None: it is one."""
    if len(password) < LEAST:
        return f"密码至少{LEAST}个字符。", f"A password has at least {LEAST} characters."
    if len(password) > MOST:
        return f"密码最多{MOST}个字符。", f"A password has at most {MOST} characters."
    if login in password.lower() or len(set(password)) < 4:
        return "密码太容易猜到：请勿包含账号。", "It is too easy to guess: do not put the account into it."
    return None


def made() -> str:
    """A password for once, to be read out or typed: 16 characters, 79 bits."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def hashed(password: str) -> str:
    """What is kept of it."""
    return _hasher.hash(password)


def is_right(kept: str | None, password: str) -> bool:
    """It is the password; None (nobody has this login) takes as long to answer."""
    try:
        return _hasher.verify(kept or _nobody(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


async def check(kept: str | None, password: str) -> bool:
    """`is_right`, beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_beside, is_right, kept, password)


async def keep(password: str) -> str:
    """`hashed`, beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_beside, hashed, password)


def is_old(kept: str) -> bool:
    """It was hashed with other numbers than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))
