"""Long work shows how far it is: a bar on a terminal, one line a minute elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

import click

Item = TypeVar("Item")
EVERY_SECONDS: Final = 60


def progress(items: Sequence[Item], label: str) -> Iterator[Item]:
    """The items, told of on standard error as they are taken."""
    if sys.stderr.isatty():
        with click.progressbar(items, label=label, file=sys.stderr) as bar:
            yield from bar
        return
    said = time.monotonic()
    for done, item in enumerate(items):
        if time.monotonic() - said >= EVERY_SECONDS:
            said = time.monotonic()
            click.echo(f"{label}: {done} of {len(items)}", err=True)
        yield item
