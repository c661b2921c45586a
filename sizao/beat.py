"""A process that has no port shows that it goes on: it touches a file, which a health check looks at."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click

EVERY_SECONDS: Final = 10.0
BEAT: Final = click.option(
    "--beat",
    "beat_file",
    envvar="SIZAO_BEAT",
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="Touched every ten seconds while it goes on: python -m sizao.healthy FILE looks at it.",
)


async def beat(file: Path | None) -> None:
    """The file is touched as long as the event loop turns; None: none is."""
    while file is not None:
        file.touch()  # noqa: ASYNC240  a name is touched, nothing is waited for
        await asyncio.sleep(EVERY_SECONDS)
