"""The second factor: a code of six digits from a telephone (TOTP, RFC 6238), and codes for when it is lost."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from typing import Final

import pyotp
import segno

from detectors.times import SECOND, Millis

STEP: Final[Millis] = 30 * SECOND
AROUND: Final = (0, -1, 1)
"""Steps: a clock half a minute off, and the time it takes to type (RFC 6238, 5.2)."""
CODES: Final = 8
_ISSUER: Final = "Sizao"
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    """160 bits, in base32."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: Millis) -> int | None:
    """The time step whose code it is; None: it is the code of no step around now."""
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    totp, present = pyotp.TOTP(secret), now // STEP
    around = (present + off for off in AROUND)
    return next((step for step in around if hmac.compare_digest(digits, totp.generate_otp(step))), None)


def is_secret(text: str) -> bool:
    """It has the form of one of ours."""
    return len(text) == 32 and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def picture(secret: str, login: str) -> str:
    """The QR code for the telephone, as SVG without style or script."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=_ISSUER)
    return segno.make(uri, error="m").svg_inline(omitsize=True, border=4, lineclass=None, svgclass="qr")


def recovery_codes() -> list[str]:
    """Codes that each replace the telephone once; 59 bits."""
    made = ("".join(secrets.choice(_ALPHABET) for _ in range(12)) for _ in range(CODES))
    return [f"{one[:4]}-{one[4:8]}-{one[8:]}" for one in made]


def recovery_hash(code: str) -> bytes:
    """What is kept of a recovery code, however it was typed."""
    return sha256("".join(letter for letter in code.lower() if letter.isalnum()).encode()).digest()
