"""`sizao simulate`: a county, or a nation's day, that never was."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import Final, Protocol

import click
import msgspec

from detectors.times import DAY
from ingest.simulator.county import Home, county
from ingest.simulator.life import days
from ingest.simulator.live import Live
from ingest.simulator.registry import write_registry
from ingest.simulator.sending import Posting, Refused
from sizao.beat import BEAT, beat
from sizao.params import COUNT, SEED, Number
from sizao.progress import progress

MANY: Final = 2_000
SHORTEST_WAIT: Final = 0.05
"""Seconds; shorter waits cost more than they keep the rate even."""


class _Output(Protocol):
    def write(self, data: bytes, /) -> object: ...
    def flush(self) -> object: ...


@click.command()
@click.option("--facilities", type=COUNT, default=12, help="How many homes.")
@click.option(
    "--days",
    "number_of_days",
    type=click.IntRange(1, 3_650),
    default=2,
    help="How many days up to now: sent first (--gateway), or in all (--output).",
)
@click.option("--seed", type=SEED, default=1, help="The same seed, the same county.")
@click.option("--registry", type=click.Path(file_okay=False, path_type=Path), help="Write the registry's files here.")
@click.option("--webhook", help="With --registry: this address is told of P1 and P2.")
@click.option("--output", type=click.File("wb"), help="Write events as JSON lines; default: to standard output.")
@click.option(
    "--rate",
    type=Number(min=0, min_open=True),
    help="Events a second, written; default: as fast as it goes.",
)
@click.option("--gateway", envvar="SIZAO_GATEWAY", show_envvar=True, help="Post to this gateway, live.")
@click.option(
    "--tokens",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='With --gateway: JSON file {"facility": "token"}.',
)
@BEAT
def simulate(
    facilities: int,
    number_of_days: int,
    seed: int,
    registry: Path | None,
    webhook: str | None,
    output: click.utils.LazyFile | None,
    rate: float | None,
    gateway: str | None,
    tokens: Path | None,
    beat_file: Path | None,
) -> None:
    """Simulate homes with residents, devices, slips and illness; seeded, the same every time.

    \b
    sizao simulate --registry DIR           the registry's CSV files
    sizao simulate --days 7 | sizao detect -
    sizao simulate --facilities 41000 --days 1 --rate 5000   a nation's day
    sizao simulate --gateway URL --tokens FILE   live, until Ctrl-C
    """
    if facilities >= MANY:
        click.echo(f"making {facilities} homes and who lives there ...", err=True)
    homes = county(seed, facilities)
    if registry is not None:
        write_registry(homes, registry, [("webhook", webhook)] if webhook else [])
        click.echo(f"{len(homes)} facilities, {sum(len(one.people) for one in homes)} residents: {registry}", err=True)
    if gateway is not None:
        if tokens is None:
            raise click.UsageError("--gateway needs --tokens: a JSON file of facility -> token")
        asyncio.run(_live(homes, gateway, _tokens(tokens), seed, number_of_days, beat_file))
    elif output is not None or registry is None:
        _write(homes, number_of_days, seed, output or click.get_binary_stream("stdout"), rate)


def _tokens(file: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except msgspec.DecodeError as error:
        raise click.BadParameter(f'{file} is no {{"facility": "token"}}: {error}', param_hint="--tokens") from error


def _write(homes: list[Home], number_of_days: int, seed: int, output: _Output, rate: float | None) -> None:
    last = round(time.time() * 1_000)
    expected = 2 * number_of_days * sum(len(one.people) for one in homes)
    started, number = time.monotonic(), 0
    made = days(homes, last - number_of_days * DAY, last, seed)
    try:
        for number, sent in enumerate(progress(made, "events", expected), 1):
            output.write(msgspec.json.encode(sent.event) + b"\n")
            ahead = 0.0 if rate is None else started + number / rate - time.monotonic()
            if ahead > SHORTEST_WAIT:
                output.flush()
                time.sleep(ahead)
    finally:
        seconds = time.monotonic() - started
        click.echo(f"{number} events in {seconds:.1f} s, {number / seconds:.0f} a second", err=True)


async def _live(
    homes: list[Home],
    gateway: str,
    tokens: dict[str, str],
    seed: int,
    number_of_days: int,
    beat_file: Path | None,
) -> None:
    posting = Posting(gateway, tokens, say=lambda said: click.echo(said, err=True))
    live = asyncio.create_task(Live(homes, posting, seed, lambda said: click.echo(said, err=True)).run(number_of_days))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, live.cancel)
    beating = asyncio.create_task(beat(beat_file))
    try:
        await live
    except asyncio.CancelledError:
        click.echo(f"stopped: {posting.accepted} events accepted, {posting.rejected} rejected", err=True)
    except Refused as error:
        raise click.ClickException(str(error)) from error
    finally:
        beating.cancel()
        await posting.close()
