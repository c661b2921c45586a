"""What is counted once is what counting all again would give."""

from __future__ import annotations

import random
from itertools import combinations

from detectors.beyond import BUCKET
from detectors.blocks import BLOCK, Blocks
from detectors.history import History
from detectors.observations import Reading
from detectors.profile import Profile
from detectors.times import HOUR, MINUTE
from tests.laws.histories import at


def counted_again(view: History) -> list[float]:
    """The slopes of all pairs of blocks of the last 72 hours."""
    sums: dict[int, list[int]] = {}
    for quarter in view.quarters():
        block = sums.setdefault(quarter.number * BUCKET // BLOCK, [0, 0])
        block[0] += quarter.count
        block[1] += quarter.total
    points = [(number, total / count) for number, (count, total) in sums.items()]
    return sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2))


def test_slopes_of_a_growing_history_are_those_of_all_its_quarters() -> None:
    rng, several = random.Random(3), 0
    for _ in range(5):
        view, blocks, when = History(Profile()), Blocks(), at(1)
        apart = rng.choice((MINUTE, 5 * MINUTE, 20 * MINUTE, 6 * HOUR))
        for number in range(300):
            when += rng.choice((0, 1, apart, apart, apart, 3 * apart, 9 * HOUR if rng.random() < 0.02 else 0))
            view.add(Reading(when, f"{number:04d}", rng.randint(930, 960), on_oxygen=rng.random() < 0.1))
            if rng.random() < 0.7:
                blocks.go_on(view)
                slopes = blocks.slopes()
                assert slopes == counted_again(view)
                for limit in {*slopes, -1.25, 0.0} if slopes else ():
                    assert blocks.median_is_above(limit) == (slopes[(len(slopes) - 1) // 2] > limit)
                several += len(slopes) > 50
    assert several > 50
