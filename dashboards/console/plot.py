"""A resident's curve as inline SVG: points, the limit line, and what the alert rests on."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from detectors.times import HOUR, Millis, to_datetime

WIDTH: Final = 400  # a telephone's: its print keeps its size there
HEIGHT: Final = 230
LEFT: Final = 66  # a value in the larger print of a telephone
BOTTOM: Final = 34
TOP: Final = 22
RIGHT: Final = 12

Points = Sequence[tuple[Millis, float, bool]]
"""(time, value, is evidence)"""


def plot(name: str, points: Points, since: Millis, until: Millis, zone: str, unit: str, limit: float | None) -> str:
    """The SVG of one vital; empty when there is nothing to draw. Heard as `name`, its first and last value."""
    if not points:
        return ""
    values = [value for _, value, _ in points] + ([limit] if limit is not None else [])
    low, high = min(values), max(values)
    margin = max(0.6, (high - low) * 0.15)
    low, high = low - margin, high + margin

    def x(at: Millis) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (at - since) / max(1, until - since)

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    heard = f"{name}: {points[0][1]:g}{unit} - {points[-1][1]:g}{unit}"
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" class="plot" aria-label="{escape(heard)}">']
    for step in range(3):
        value = low + (high - low) * (step + 0.5) / 3
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(f'<text class="axis" x="{LEFT - 6}" y="{y(value) + 5:.1f}" text-anchor="end">{value:.1f}</text>')
    for at in _hours(since, until, zone):
        label = to_datetime(at).astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M")
        parts.append(f'<text class="axis" x="{x(at):.1f}" y="{HEIGHT - 8}" text-anchor="middle">{label}</text>')
    if limit is not None:
        parts.append(
            f'<line class="limit" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(limit):.1f}" y2="{y(limit):.1f}"/>'
            f'<text class="limit" x="{LEFT + 4}" y="{y(limit) - 5:.1f}">{limit:g}{unit}</text>'
        )
    path = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value, _ in points)
    parts.append(f'<polyline class="curve" points="{path}"/>')
    for at, value, is_evidence in points:
        size = 5.5 if is_evidence else 2.4
        shape = "evidence" if is_evidence else "point"
        circle = f'<circle class="{shape}" cx="{x(at):.1f}" cy="{y(value):.1f}" r="{size}">'
        parts.append(f"{circle}<title>{value:g}{unit}</title></circle>")
    parts.append("</svg>")
    return "".join(parts)


def _hours(since: Millis, until: Millis, zone: str) -> list[Millis]:
    """Two moments on whole hours, a quarter from either end: their times do not touch in large print."""
    quarter = (until - since) // 4
    return [(at + HOUR // 2) // HOUR * HOUR for at in (since + quarter, until - quarter)]
