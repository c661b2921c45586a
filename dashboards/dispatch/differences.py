"""What does a revision say otherwise than the one before, and of which region below does it come?"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from store.dispatches import Child, Dispatch
from store.figures import Figures, Value


class Difference(Struct, frozen=True):
    """A figure of a region that is another one now; no figure: the region came into the sum, or left it."""

    region: str
    figure: str | None
    then: Value = Value(None)
    now: Value = Value(None)


def differences(older: Dispatch, newer: Dispatch) -> list[Difference]:
    """Of the region itself, then of each that it is composed of; ratios follow from the others and are left out."""
    return [*_of(older.figures, newer.figures), *_below(older, newer)]


def _of(then: Figures, now: Figures) -> Iterator[Difference]:
    for name in {**then.values, **now.values}:
        before, after = then.values.get(name, Value(None)), now.values.get(name, Value(None))
        if before != after:
            yield Difference(now.region, name, before, after)


def _below(older: Dispatch, newer: Dispatch) -> Iterator[Difference]:
    then, now = _in_sum(older), _in_sum(newer)
    for region in sorted({*then, *now}):
        if region in then and region in now:
            yield from _of(then[region].figures, now[region].figures)
        else:
            came = region in now
            known = (now if came else then)[region].figures["facilities"]
            yield Difference(region, None, *((Value(None), known) if came else (known, Value(None))))


def _in_sum(dispatch: Dispatch) -> dict[str, Child]:
    return {one.region: one for one in dispatch.children if one.head is not None}
