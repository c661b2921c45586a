"""A list drawn from a frame by a seed: the same two give the same list, anywhere and at any time.

1. By chance alone: of all who may be drawn each is as likely as another.
2. By risk: of the others each is the likelier the more stands against it, and
   no county has more than its share while another still has somebody.

Whoever was drawn within the period is not drawn again, unless what the last
visit found is overdue.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from store.spot_checks import Candidate, Part

WEIGHTS: Final = {
    "data_to_verify": 4,
    "unmended": 4,
    "silent": 3,
    "checks_missed": 3,
    "reports_missing": 2,
    "positives": 2,
    "antiviral_short": 1,
    "difficulties_open": 1,
}
"""Points of each reason; everybody has one without any. Own choice, unsourced."""
CHECKS_DONE_PERCENT: Final = 80
"""Fewer checks done than this are a reason. Own choice, unsourced."""


def reasons(one: Candidate) -> dict[str, int]:
    """What stands against a home, the heaviest first, each with its number."""
    done = one.checks_done_share
    found = {
        "data_to_verify": one.data_to_verify,
        "unmended": one.unmended,
        "silent": one.silent or 0,
        "checks_missed": 0 if done is None or done >= CHECKS_DONE_PERCENT else 100 - done,
        "reports_missing": one.reports_missing or 0,
        "positives": one.positives or 0,
        "antiviral_short": one.antiviral_short or 0,
        "difficulties_open": one.difficulties_open or 0,
    }
    return {name: number for name, number in found.items() if number}


def weight(one: Candidate) -> int:
    """How much likelier than a home with nothing against it."""
    return 1 + sum(WEIGHTS[name] for name in reasons(one))


def may_be_drawn(one: Candidate, day: int, period_days: int) -> bool:
    """Not within the period, or for a cause."""
    return one.drawn_on is None or day - one.drawn_on >= period_days or bool(one.unmended)


def draw(
    frame: Iterable[Candidate], seed: str, day: int, size: int, by_chance: int, period_days: int
) -> list[tuple[str, Part]]:
    """Codes and by what they were drawn, at most `size`, in the order in which they are visited best: by county."""
    able = [one for one in frame if may_be_drawn(one, day, period_days)]
    chance = sorted(able, key=lambda one: _lot(seed, "chance", one.code))[: min(by_chance, size)]
    taken = {one.code for one in chance}
    others = [one for one in able if one.code not in taken]
    # Efraimidis and Spirakis 2006: the smallest -log(u) / weight are a sample without replacement by weight.
    others.sort(key=lambda one: (-math.log(_lot(seed, "risk", one.code)) / weight(one), one.code))
    counties = Counter(one.county for one in chance)
    risk = _spread(others, counties, size - len(chance), math.ceil(size / max(1, len({one.county for one in able}))))
    found: list[tuple[Candidate, Part]] = [*((one, "risk") for one in risk), *((one, "chance") for one in chance)]
    return [(one.code, part) for one, part in sorted(found, key=lambda pair: (pair[0].county, pair[0].code))]


def _spread(ranked: Sequence[Candidate], counties: Counter[str], wanted: int, share: int) -> list[Candidate]:
    """The first ones, so that no county is over its share before every other has had its turn."""
    found: list[Candidate] = []
    left = list(ranked)
    while left and len(found) < wanted:
        passed = []
        for one in left:
            if len(found) < wanted and counties[one.county] < share:
                counties[one.county] += 1
                found.append(one)
            else:
                passed.append(one)
        left, share = passed, share + 1
    return found


def digest(frame: Sequence[Candidate]) -> str:
    """Of the frame as it stood."""
    return sha256(msgspec.json.encode(list(frame))).hexdigest()


def _lot(seed: str, part: str, code: str) -> float:
    """Between 0 and 1, and neither; nobody can choose it without the seed."""
    number = int.from_bytes(sha256(f"{seed}\n{part}\n{code}".encode()).digest()[:6], "big")
    return (number + 1) / (2**48 + 1)
