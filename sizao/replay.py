"""`sizao replay`: recordings are sent again, as if they happened now."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from detectors.times import Millis, to_millis, to_text
from ingest.simulator.sending import Posting, Refused


@click.command()
@click.option("--gateway", envvar="SIZAO_GATEWAY", show_envvar=True, required=True, help="Post to this gateway.")
@click.option("--token", envvar="SIZAO_TOKEN", show_envvar=True, required=True, help="Token of the facility.")
@click.option("--facility", required=True, help="Every event becomes one of this facility.")
@click.option("--speed", default=1.0, help="60: an hour in a minute.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def replay(gateway: str, token: str, facility: str, speed: float, file: Path) -> None:
    """Send recorded events (JSON lines) in the rhythm in which they were observed.

    The last one is moved to now at the end; ids are derived anew, so that each
    replay is a new story.
    """
    events = [msgspec.json.decode(line) for line in file.read_bytes().splitlines() if line.strip()]
    if not events:
        raise click.ClickException(f"{file} holds no event: one JSON object a line")
    try:
        accepted = asyncio.run(_replay(gateway, token, facility, speed, events))
    except Refused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{accepted} of {len(events)} events accepted", err=True)


async def _replay(gateway: str, token: str, facility: str, speed: float, events: list[dict[str, Any]]) -> int:
    posting = Posting(gateway, {facility: token})
    first = min(_at(event) for event in events)
    begun = time.time()
    try:
        for event in sorted(events, key=_at):
            due = begun + (_at(event) - first) / 1_000 / speed
            await asyncio.sleep(max(0.0, due - time.time()))
            moved = {**event, "facility": facility, "observed_at": to_text(round(due * 1_000))}
            moved.pop("event_id", None)
            moved.pop("received_at", None)
            await posting.send(facility, [moved])
        return posting.accepted
    finally:
        await posting.close()


def _at(event: dict[str, Any]) -> Millis:
    return to_millis(datetime.fromisoformat(event["observed_at"]))
