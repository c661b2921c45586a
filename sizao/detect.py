"""`sizao detect`: events in order of arrival in, transitions out. No wall clock, no services."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from detectors.times import Millis
from sizao.detection import Detection
from sizao.params import Region, Time
from sizao.pictures import check_picture
from sizao.recordings import Recording, registry_of
from sizao.rule_sets import rules_by_region

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--residents", type=_FILE, help="residents.csv: scale, usual values, tier.")
@click.option("--facilities", type=_FILE, help="facilities.csv: zone, altitude, cut-offs, mode, region.")
@click.option("--region", type=Region(), help="GB/T 2260 code whose rules hold for facilities without a region.")
@click.option(
    "--rules", type=_FILE, help="A rule file in place of the shipped one; 51.toml is Sichuan's, else the nation's."
)
@click.option("--until", type=Time(), help="Let time pass up to here after the last event.")
@click.option("--episodes", is_flag=True, help="Print the final episodes instead of the transitions.")
@click.option(
    "--plot", type=click.Path(dir_okay=False, path_type=Path), help="Draw a resident's history into this PNG or SVG."
)
@click.option(
    "--resident", metavar="[FACILITY/]CODE", help="Whose history; not needed where the file has one resident."
)
@click.argument("file", type=click.File("rb"))
def detect(
    file: BinaryIO,
    residents: Path | None,
    facilities: Path | None,
    region: str | None,
    rules: Path | None,
    until: Millis | None,
    episodes: bool,
    plot: Path | None,
    resident: str | None,
) -> None:
    """Judge recorded events: JSON lines in order of arrival in, transitions out.

    FILE holds one event of the wire contract a line; - is standard input. No
    wall clock: received is observed, and what is due passes as event time
    does. A line that cannot be read is named on standard error, the rest goes
    on, and the exit code is 1.

    With --plot, the readings of one resident are drawn with the findings in
    them, in Chinese where a font for it is installed.

    \b
    Example:  sizao detect --until 2026-01-06T00:00:00+08:00 readings.jsonl
              sizao detect --plot r07.png --resident F-001/R-07 readings.jsonl
    """
    check_picture(plot)
    if resident is not None and plot is None:
        raise click.UsageError("--resident says whose history is drawn: give --plot FILE too")
    registry = registry_of(facilities, residents, region, rules_by_region(rules))
    detection, recording = Detection(registry), Recording(file)
    for row in recording:
        _write(detection.take(row), not episodes)
    _write(detection.finish(until), not episodes)
    if episodes:
        _write(detection.episodes(), True)
    if plot is not None:
        from sizao.history_plot import draw  # matplotlib takes a second to load

        draw(plot, detection, registry, resident)
    if recording.is_empty:
        click.echo("the file holds no event: one of the wire contract a line", err=True)
    if recording.failed:
        sys.exit(1)


def _write(lines: Iterable[dict[str, object]], shown: bool) -> None:
    for line in lines:
        if shown:
            sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()
