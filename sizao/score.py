"""`sizao score news2`: NEWS2 of each set of vitals on standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Literal

import click
import msgspec
from msgspec import Meta, Struct

from detectors import news2
from detectors.observations import Consciousness

Count = Annotated[int, Meta(ge=0, le=400)]


class _Line(Struct):
    respirations_per_min: Count | None = None
    spo2_percent: Decimal | None = None
    on_oxygen: bool | None = None
    systolic_mmhg: Count | None = None
    pulse_per_min: Count | None = None
    consciousness: Consciousness | None = None
    temperature_celsius: Decimal | None = None
    spo2_scale: Literal[1, 2] = 1


_decode = msgspec.json.Decoder(_Line, strict=True, float_hook=Decimal).decode


@click.group()
def score() -> None:
    """Scores of single sets of vitals, one JSON object a line."""


@score.command("news2")
def news2_lines() -> None:
    """NEWS2 of each line of standard input, in the same order.

    \b
    In:  {"respirations_per_min": 18, "spo2_percent": 97, "on_oxygen": false,
          "systolic_mmhg": 120, "pulse_per_min": 72, "consciousness": "A",
          "temperature_celsius": 36.8, "spo2_scale": 1}
    Out: {"total": 0, "scores": {...}, "band": "low", "complete": true,
          "lowest": 0, "highest": 0}

    A missing parameter makes the score partial: total and band are null, the
    bounds hold. A line that cannot be read gives {"error": ...}; the rest goes
    on and the exit code is 1.
    """
    failed = False
    for answer in scored(sys.stdin.buffer):
        failed |= b'"error"' in answer[:9]
        sys.stdout.buffer.write(answer + b"\n")
    sys.stdout.buffer.flush()
    if failed:
        sys.exit(1)


def scored(lines: Iterable[bytes]) -> Iterator[bytes]:
    """One JSON object for each line that is not blank."""
    for line in lines:
        if line.strip():
            try:
                yield msgspec.json.encode(_scored(line))
            except (msgspec.DecodeError, ValueError, RecursionError) as error:
                yield msgspec.json.encode({"error": str(error)})


def _scored(line: bytes) -> dict[str, object]:
    given = _decode(line)
    vitals = news2.Vitals(
        given.respirations_per_min,
        _tenths(given.spo2_percent, "spo2_percent", 100),
        given.on_oxygen,
        given.systolic_mmhg,
        given.pulse_per_min,
        given.consciousness,
        _tenths(given.temperature_celsius, "temperature_celsius", 50),
    )
    found = news2.score(vitals, given.spo2_scale)
    return {
        "total": found.total,
        "scores": found.scores,
        "band": found.band,
        "complete": found.is_complete,
        "lowest": found.lowest,
        "highest": found.highest,
    }


def _tenths(value: Decimal | None, name: str, most: int) -> int | None:
    if value is None:
        return None
    if not 0 <= value <= most:
        raise ValueError(f"{name} must lie between 0 and {most}: {value}")
    tenths = value * 10
    if tenths != int(tenths):
        raise ValueError(f"{name} has more than one decimal: {value}")
    return int(tenths)
