"""What a test needs and this machine may lack: a skip with its reason, or a failure where SIZAO_REQUIRE names it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NoReturn

import pytest

PROJECT: Final = Path(__file__).resolve().parents[2]
SHARED: Final = PROJECT.parent / "shared"


def needed(what: str, reason: str) -> NoReturn:
    """Skips, or fails when `what` is required."""
    if what in os.environ.get("SIZAO_REQUIRE", "").split(","):
        pytest.fail(f"{what} is required (SIZAO_REQUIRE): {reason}", pytrace=False)
    pytest.skip(f"{what}: {reason}")
