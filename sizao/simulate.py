"""`sizao simulate`: a county, or a nation's day, that never was."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path

import click
import msgspec

from detectors.times import DAY
from ingest.simulator.county import Home, county, write_registry
from ingest.simulator.life import days
from ingest.simulator.live import Live
from ingest.simulator.sending import Posting, Refused


@click.command()
@click.option("--facilities", default=12, help="How many homes.")
@click.option("--days", "number_of_days", default=2, help="How many days: of the past (live), or in all (--output).")
@click.option("--seed", default=1, help="The same seed, the same county.")
@click.option("--registry", type=click.Path(file_okay=False, path_type=Path), help="Write the registry's files here.")
@click.option("--webhook", help="With --registry: this address is told of P1 and P2.")
@click.option("--output", type=click.File("wb"), help="Write events as JSON lines, for `sizao detect`.")
@click.option("--rate", type=float, help="With --output: events a second; default as fast as it goes.")
@click.option("--gateway", envvar="SIZAO_GATEWAY", show_envvar=True, help="Post to this gateway, live.")
@click.option(
    "--tokens",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='With --gateway: JSON file {"facility": "token"}.',
)
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
) -> None:
    """Simulate homes with residents, devices, slips and illness; seeded, the same every time.

    \b
    sizao simulate --registry DIR           the registry's CSV files
    sizao simulate --output - --days 7      events for `sizao detect`
    sizao simulate --facilities 41000 --days 1 --output day.jsonl --rate 5000
    sizao simulate --gateway URL --tokens FILE   live, until Ctrl-C
    """
    homes = county(seed, facilities)
    if registry is not None:
        write_registry(homes, registry, [("webhook", webhook)] if webhook else [])
        click.echo(f"{len(homes)} facilities, {sum(len(one.people) for one in homes)} residents: {registry}", err=True)
    if output is not None:
        _write(homes, number_of_days, seed, output, rate)
    if gateway is not None:
        if tokens is None:
            raise click.UsageError("--gateway needs --tokens: a JSON file of facility -> token")
        asyncio.run(_live(homes, gateway, msgspec.json.decode(tokens.read_bytes()), seed, number_of_days))
    if registry is None and output is None and gateway is None:
        raise click.UsageError("say what to make: --registry DIR, --output FILE, or --gateway URL --tokens FILE")


def _write(homes: list[Home], number_of_days: int, seed: int, output: click.utils.LazyFile, rate: float | None) -> None:
    last = round(time.time() * 1_000)
    expected = 2 * number_of_days * sum(len(one.people) for one in homes)
    started = time.monotonic()
    with click.progressbar(length=expected, label="events", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        for number, sent in enumerate(days(homes, last - number_of_days * DAY, last, seed), 1):
            output.write(msgspec.json.encode(sent.event) + b"\n")
            if number % 1_000 == 0:
                bar.update(1_000)
                if rate is not None:
                    time.sleep(max(0.0, started + number / rate - time.monotonic()))


async def _live(homes: list[Home], gateway: str, tokens: dict[str, str], seed: int, number_of_days: int) -> None:
    posting = Posting(gateway, tokens)
    live = asyncio.create_task(Live(homes, posting, seed, lambda said: click.echo(said, err=True)).run(number_of_days))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, live.cancel)
    try:
        await live
    except asyncio.CancelledError:
        click.echo(f"stopped: {posting.accepted} events accepted, {posting.rejected} rejected", err=True)
    except Refused as error:
        raise click.ClickException(str(error)) from error
    finally:
        await posting.close()
