"""Long work shows how far it is: a bar on a terminal, one line a minute elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import click

Item = TypeVar("Item")
EVERY_SECONDS: Final = 60


def progress(items: Iterable[Item], label: str, expected: int | None = None) -> Iterator[Item]:
    """The items, told of on standard error as they are taken; `expected` is their number, where nobody can count."""
    length = len(items) if isinstance(items, Collection) else expected
    if sys.stderr.isatty():
        steps = max(1, (length or 0) // 500)  # drawing costs more than the work where there are millions
        with click.progressbar(items, length=length, label=label, file=sys.stderr, update_min_steps=steps) as bar:
            yield from bar
        return
    said = time.monotonic()
    for done, item in enumerate(items):
        if time.monotonic() - said >= EVERY_SECONDS:
            said = time.monotonic()
            click.echo(f"{label}: {done} of {'unknown' if length is None else length}", err=True)
        yield item


@contextmanager
def counter(label: str, expected: int) -> Iterator[Callable[[int], None]]:
    """Told how many more are done, it shows how many of the expected are."""
    if sys.stderr.isatty():
        with click.progressbar(
            length=expected, label=label, file=sys.stderr, update_min_steps=max(1, expected // 500)
        ) as bar:
            yield bar.update
        return
    done, said = 0, time.monotonic()

    def passed(number: int) -> None:
        nonlocal done, said
        done += number
        if time.monotonic() - said >= EVERY_SECONDS:
            said = time.monotonic()
            click.echo(f"{label}: {done:,} of {expected:,}", err=True)

    yield passed
