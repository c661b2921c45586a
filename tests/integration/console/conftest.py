"""A county with one home where somebody is ill, as the stories have it, and a home of another region."""

from __future__ import annotations

import time

import pytest
from argon2 import PasswordHasher

from dashboards.console import passwords
from tests.acceptance.conftest import bare, database, migrated
from tests.acceptance.handing_over import Shift
from tests.acceptance.story import Story
from tests.integration.store.conftest import server

__all__ = ["bare", "database", "migrated", "server"]


@pytest.fixture
async def ill(bare: Story) -> Story:
    """R-07 of F-001 (370613) has a P1 that stands now, and a carer hands over."""
    await bare.home("F-001")
    bare.now = round(time.time() * 1_000)
    bare.resident("R-07").rests(spo2=86)
    await bare.judged()
    await Shift(bare).offers("护士小李")
    return bare


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashed as always, with less memory and one pass."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
