"""`sizao replay`: recordings are sent again, as if they happened now."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from detectors.times import Millis, to_millis, to_text
from ingest.simulator.sending import Posting, Refused
from sizao.params import Code, Number
from sizao.progress import progress

MOST_REASONS: Final = 5


@click.command()
@click.option("--gateway", envvar="SIZAO_GATEWAY", show_envvar=True, required=True, help="Post to this gateway.")
@click.option("--token", envvar="SIZAO_TOKEN", show_envvar=True, required=True, help="Token of the facility.")
@click.option("--facility", type=Code(), required=True, help="Every event becomes one of this facility.")
@click.option("--speed", type=Number(min=0, min_open=True), default=1.0, help="60: an hour in a minute.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def replay(gateway: str, token: str, facility: str, speed: float, file: Path) -> None:
    """Send recorded events (JSON lines) in the rhythm in which they were observed.

    The last one is moved to now at the end; ids are derived anew, so that each
    replay is a new story.
    """
    events = _read(file)
    try:
        posting = asyncio.run(_replay(gateway, token, facility, speed, events))
    except Refused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{posting.accepted} of {len(events)} events accepted", err=True)
    for reason, number in posting.reasons.most_common(MOST_REASONS):
        click.echo(f"rejected {number}: {reason}", err=True)
    if posting.rejected:
        raise SystemExit(1)


def _read(file: Path) -> list[dict[str, Any]]:
    """The events of a file; a line that is none is named."""
    events = []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            event = msgspec.json.decode(line, type=dict[str, Any])
            _at(event)
        except (msgspec.DecodeError, KeyError, ValueError, TypeError) as error:
            raise click.ClickException(
                f"{file} line {number} is no event with an observed_at such as 2026-01-05T07:10:00+08:00"
            ) from error
        events.append(event)
    if not events:
        raise click.ClickException(f"{file} holds no event: one JSON object a line")
    return events


async def _replay(gateway: str, token: str, facility: str, speed: float, events: list[dict[str, Any]]) -> Posting:
    posting = Posting(gateway, {facility: token}, say=lambda said: click.echo(said, err=True))
    first = min(_at(event) for event in events)
    begun = time.time()
    try:
        for event in progress(sorted(events, key=_at), "replay"):
            due = begun + (_at(event) - first) / 1_000 / speed
            await asyncio.sleep(max(0.0, due - time.time()))
            moved = {**event, "facility": facility, "observed_at": to_text(round(due * 1_000))}
            for stamped in ("event_id", "received_at", "sent_at"):
                moved.pop(stamped, None)
            await posting.send(facility, [moved])
        return posting
    finally:
        await posting.close()


def _at(event: dict[str, Any]) -> Millis:
    return to_millis(datetime.fromisoformat(event["observed_at"]))
