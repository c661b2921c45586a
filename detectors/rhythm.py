"""A facility's own rhythm: at which hours of the local day it is usually heard, and how many such times have passed.

Silence is measured in the facility's own occasions, not in hours: a night is
long for a home that streams all day, and nothing for one that reports at
eight and at five. An occasion is a stretch of hours in each of which it was
heard on enough of the days D-35..D-8; it weighs as much as the share of those
days on which it was heard in the stretch at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from detectors.contacts import GAP_DAYS
from detectors.profile import Profile
from detectors.times import MINUTE, Millis


class Occasion(NamedTuple):
    """A stretch of the local day in which a facility is usually heard; minutes after its midnight."""

    begins: int
    ends: int
    weight: float  # share of the days on which it was heard then

    def __str__(self) -> str:
        return f"{self.begins // 60}-{self.ends // 60}"


def own_occasions(
    days: Mapping[int, int], today: int, least_days: int, usual_share: float, longest_hours: int
) -> list[Occasion]:
    """The occasions of a facility; none: it has been heard for too few days.

    `days` holds the hours heard, as bits per local day. Where no hour is usual the whole day is one occasion.

    >>> at_eight_and_five = {day: 1 << 8 | 1 << 17 for day in range(28)}
    >>> [str(one) for one in own_occasions(at_eight_and_five, 36, 7, 0.1, 4)]
    ['8-9', '17-18']
    """
    number = today - GAP_DAYS - min(days, default=today) + 1
    if number < least_days:
        return []
    usual = [sum(bits >> hour & 1 for bits in days.values()) >= usual_share * number for hour in range(24)]
    found = []
    for begins, ends in list(_stretches(usual, longest_hours)) or [(0, 24)]:
        hours = (1 << ends) - (1 << begins)
        heard = sum(bool(bits & hours) for bits in days.values())
        found.append(Occasion(60 * begins, 60 * ends, heard / number))
    return found


def _stretches(usual: Sequence[bool], longest: int) -> Iterator[tuple[int, int]]:
    """Stretches of usual hours, long ones divided evenly."""
    edges = [hour for hour in range(25) if (hour < 24 and usual[hour]) != (hour > 0 and usual[hour - 1])]
    for begins, ends in zip(edges[::2], edges[1::2], strict=True):
        parts = -(-(ends - begins) // longest)
        yield from pairwise(begins + (ends - begins) * part // parts for part in range(parts + 1))


def due_occasions(cutoffs: Sequence[int]) -> list[Occasion]:
    """What is due of everybody: to be heard between one cut-off and the next.

    >>> [str(one) for one in due_occasions((600, 1080))]
    ['-6-10', '10-18']
    """
    if not cutoffs:
        return []
    every = sorted(cutoffs)
    return [Occasion(begins, ends, 1.0) for begins, ends in pairwise([every[-1] - 1_440, *every])]


def missed(occasions: Sequence[Occasion], profile: Profile, since: Millis, at: Millis) -> float:
    """How many occasions began at or after `since` and are over at `at`, by their weights."""
    total = 0.0
    for day in range(profile.day_of(since), profile.day_of(at) + 2):
        midnight = profile.midnight(day)
        for one in occasions:
            if midnight + one.begins * MINUTE >= since and midnight + one.ends * MINUTE <= at:
                total += one.weight
    return total
