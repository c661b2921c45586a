"""A night on a continuous oximeter: dips in sleep are not an alert each.

Simulated, since there is no recording of a night to pass on: saturation wanders
around its own value, and falls for some seconds where breathing is shallow, for
most of a minute where it stops.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from detectors.times import HOUR, MINUTE, SECOND, Millis, to_text
from sizao.detect import detect
from tests.laws.histories import at

EVERY = 4 * SECOND  # as oximeters average
NIGHT = range(at(0, "22:00"), at(1, "06:00"), EVERY)
HANDFUL = 6
Falls = tuple[int, int, int]
SHALLOW, STOPPED = (8, 8, 8), (20, 20, 12)
"""Seconds in which a dip falls, stays and comes back."""


def spread_evenly(_: random.Random) -> list[Millis]:
    return [NIGHT.start + number * 15 * MINUTE for number in range(32)]


def by_chance(rng: random.Random) -> list[Millis]:
    return sorted(rng.randrange(NIGHT.start, NIGHT.stop - 2 * MINUTE, 90 * SECOND) for _ in range(32))


def in_four_clusters(rng: random.Random) -> list[Millis]:
    """As in dreams: every two hours for a quarter of an hour, eight each."""
    return [NIGHT.start + (1 + 2 * cycle) * HOUR + number * 110 * SECOND for cycle in range(4) for number in range(8)]


def night(
    path: Path, dips: list[Millis], depth: float, falls: Falls, usual: float, rng: random.Random, every: Millis = EVERY
) -> Path:
    """The readings of one night."""
    down, low, up = falls
    wander, lines = 0.0, []
    for when in range(NIGHT.start, NIGHT.stop, every):
        wander = 0.98 * wander + rng.gauss(0, 0.1)
        since = min(((when - dip) / SECOND for dip in dips if when >= dip), default=HOUR)
        share = max(0.0, min(1.0, since / down, (down + low + up - since) / up))
        lines.append(
            {
                "type": "reading",
                "facility": "F-001",
                "resident": "R-07",
                "observed_at": to_text(when),
                "spo2_percent": round(min(99, usual + wander + rng.gauss(0, 0.4) - share * depth)),
                "pulse_per_min": round(rng.gauss(62, 2)),
                "mode": "continuous",
            }
        )
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def found(path: Path) -> list[dict[str, str]]:
    result = CliRunner().invoke(detect, ["--episodes", str(path)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_healthy_night_with_brief_dips_alerts_nobody(tmp_path: Path) -> None:
    """Five an hour by three or four points are usual."""
    rng = random.Random(5)
    dips = sorted(rng.randrange(NIGHT.start, NIGHT.stop, MINUTE) for _ in range(40))
    assert found(night(tmp_path / "night.jsonl", dips, 3.5, SHALLOW, 96, rng)) == []


@pytest.mark.parametrize(
    ("pattern", "every"),
    [(spread_evenly, EVERY), (by_chance, EVERY), (in_four_clusters, EVERY), (in_four_clusters, 15 * SECOND)],
)
def test_a_night_with_32_crossings_of_90_is_a_handful_of_episodes(
    tmp_path: Path, pattern: Callable[[random.Random], list[Millis]], every: Millis
) -> None:
    rng = random.Random(7)
    episodes = found(night(tmp_path / "night.jsonl", pattern(rng), 8.5, STOPPED, 96, rng, every))
    assert {one["condition"] for one in episodes} == {"hypoxia"}, "it is not missed, and nothing else is said"
    assert 1 <= len(episodes) <= HANDFUL
