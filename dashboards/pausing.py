"""How does what goes on for ever wait between two turns? Until it is time, or it is told to stop."""

from __future__ import annotations

import asyncio
from contextlib import suppress


async def pause(stopping: asyncio.Event, seconds: float) -> None:
    """So much time has passed, or it is to stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
