"""An engine in memory, followed: arrivals in, transitions out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Protocol

from alerts.reconcile import Stored, Transition, reconcile
from detectors.corrections import Arrival
from detectors.episodes import Episode
from detectors.times import Millis


class Judging(Protocol):
    """An engine in memory."""

    def process(self, batch: Iterable[Arrival], until: Millis) -> Iterable[str]:
        """Takes arrivals in and lets time pass; the subjects whose episodes may have changed."""
        ...

    def episodes(self, resident: str, /) -> list[Episode]:
        """All episodes of a subject."""
        ...


class Follower:
    """Keeps the stored episodes of every subject equal to the folded ones, and says what changed."""

    def __init__(self, engine: Judging, ids: Iterator[int] | None = None) -> None:
        self.engine = engine
        self.stored: dict[str, list[Stored]] = {}
        self._ids = count(1) if ids is None else ids

    def process(self, batch: Iterable[Arrival], until: Millis) -> Iterator[tuple[str, Transition]]:
        """Takes arrivals in and lets time pass up to `until`; (subject, transition), in order of event time."""
        told: list[tuple[str, Transition]] = []
        for resident in self.engine.process(batch, until):
            found = reconcile(self.stored.get(resident, []), self.engine.episodes(resident), lambda: next(self._ids))
            self.stored[resident] = found.kept
            told += [(resident, transition) for transition in found.transitions]
        # What became known only now comes after what happened in its own time.
        yield from sorted(told, key=order_of)


def order_of(told: tuple[str, Transition]) -> tuple[bool, Millis, str]:
    """Where a (subject, transition) comes among those of one step."""
    subject, transition = told
    return transition.at is None, transition.at or 0, subject
