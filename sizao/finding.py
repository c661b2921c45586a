"""What the doctor finds: one line, and what to do about it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Light = Literal["green", "yellow", "red"]


class Finding(Struct, frozen=True):
    """One line."""

    light: Light
    what: str
    remedy: str = ""
