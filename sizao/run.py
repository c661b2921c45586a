"""`sizao run`: everything on one machine, with nothing but Python."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import click
import msgspec

from ingest.simulator.county import county, write_registry
from sizao.embedded.broker import Broker
from sizao.embedded.places import Trouble, free_port, lock, state_directory
from sizao.embedded.postgres import Postgres
from sizao.migrate import prepare
from sizao.registry import register
from sizao.supervisor import Child, command

BROKER_MEMORY = 1024**3
"""Past this the embedded broker is started anew: it keeps everything in memory for ever."""

READY_SECONDS = 60.0


class Stop(Exception):
    """Somebody asked us to stop."""


class Trial:
    """The embedded default: services of our own, and the processes that use them."""

    def __init__(self, state: Path, gateway_port: int | None, console_port: int | None) -> None:
        self.state = state
        self._logs = state / "logs"
        self._logs.mkdir(exist_ok=True)
        self.gateway_port = free_port(state, "gateway", gateway_port)
        self.console_port = free_port(state, "console", console_port)
        self.token = secrets.token_urlsafe(18)
        self.database = Postgres(state, free_port(state, "postgres"))
        self.broker = Broker(state, free_port(state, "broker"))
        self.children: list[Child] = []
        self.with_county = True

    def start_services(self) -> None:
        """Database and broker answer; the schema is up to date."""
        with _step("database"):
            self.database.start()
            applied = prepare(self.database.url)
        if applied:
            click.echo(f"  {len(applied)} migrations applied", err=True)
        with _step("broker"):
            self.broker.start()

    def start_processes(self) -> None:
        """Worker, then gateway: it publishes first what was accepted and not yet stored."""
        env = {
            "SIZAO_KAFKA": self.broker.servers,
            "SIZAO_DATABASE_URL": self.database.url,
            "SIZAO_GATEWAY_PORT": str(self.gateway_port),
            "SIZAO_CONSOLE_PORT": str(self.console_port),
            "SIZAO_CONSOLE_TOKEN": self.token,
            "SIZAO_PAGE": f"http://127.0.0.1:{self.console_port}",
            "SIZAO_SPOOL": "1",
            # The embedded broker is slow to notice a member that is gone: a short session, no static membership.
            "SIZAO_SESSION_TIMEOUT": "3",
            "SIZAO_HEARTBEAT": "1",
            "SIZAO_WORKER_STATE": str(self.state / "worker"),
        }
        names = ("worker", "gateway", "sender", "console")
        self.children = [Child(name, command(name), env, self._logs / f"{name}.log") for name in names]
        for child in self.children:
            child.start()
        with _step("gateway and page"):
            self._wait_for(f"http://127.0.0.1:{self.gateway_port}/readyz")
            self._wait_for(f"http://127.0.0.1:{self.console_port}/readyz")

    def start_county(self) -> None:
        """A simulated county sends its checks, through the same door as everybody."""
        folder = self.state / "county"
        with _step("simulated county"):
            homes = county()
            write_registry(homes, folder, [])
            tokens = asyncio.run(register(self.database.url, folder, [home.code for home in homes]))
        file = folder / "tokens.json"
        file.touch(0o600)
        file.write_bytes(msgspec.json.encode(tokens))
        words = ("simulate", "--gateway", f"http://127.0.0.1:{self.gateway_port}", "--tokens", str(file))
        child = Child("simulate", command(*words), {}, self._logs / "simulate.log")
        child.start()
        self.children.append(child)

    def _wait_for(self, url: str) -> None:
        limit = time.monotonic() + READY_SECONDS
        while time.monotonic() < limit:
            with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=2):  # noqa: S310
                return
            self._look()
            time.sleep(0.1)
        raise Trouble(f"the gateway does not answer: look at {self._logs}")

    def watch(self) -> None:
        """Keeps everything running until somebody asks to stop."""
        while True:
            time.sleep(0.2)
            self._look()
            if not self.database.is_alive:
                click.echo("the database stopped, starts again", err=True)
                self.database.start()
            if not self.broker.is_alive or self.broker.memory_bytes > BROKER_MEMORY:
                click.echo("the broker starts anew; what was accepted is published again", err=True)
                self._stop_processes()
                self.broker.stop()
                self.broker.start()
                self.start_processes()
                if self.with_county:
                    self.start_county()

    def _look(self) -> None:
        for child in self.children:
            said = child.look()
            if said is not None:
                click.echo(said, err=True)

    def _stop_processes(self) -> None:
        for child in reversed(self.children):
            child.stop()

    def stop(self) -> None:
        """Everything has stopped, in reverse order."""
        self._stop_processes()
        self.broker.stop()
        self.database.stop()


@contextlib.contextmanager
def _step(name: str) -> Iterator[None]:
    started = time.monotonic()
    click.echo(f"  {name} ...", err=True, nl=False)
    try:
        yield
    except BaseException:
        click.echo("", err=True)
        raise
    click.echo(f" {time.monotonic() - started:.1f} s", err=True)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stop


@click.command()
@click.option("--gateway-port", envvar="SIZAO_GATEWAY_PORT", show_envvar=True, type=int, help="Default: a free one.")
@click.option("--console-port", envvar="SIZAO_CONSOLE_PORT", show_envvar=True, type=int, help="Default: a free one.")
@click.option("--county/--no-county", "with_county", default=True, help="Simulate a county that sends checks.")
def run(gateway_port: int | None, console_port: int | None, with_county: bool) -> None:
    """Start everything on this machine: database, broker, gateway, worker, sender, page.

    Nothing but Python is needed. State is kept in $SIZAO_STATE (default: your
    state directory), also over kill -9: what was accepted is stored. Ctrl-C
    stops everything. A second start beside it says so.
    """
    state = state_directory()
    held = lock(state)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    click.echo(f"Sizao starts, state in {state}", err=True)
    trial = Trial(state, gateway_port, console_port)
    trial.with_county = with_county
    try:
        trial.start_services()
        trial.start_processes()
        if with_county:
            trial.start_county()
        click.echo(f"\n  open  http://127.0.0.1:{trial.console_port}/?token={trial.token}\n", err=True)
        click.echo(
            f"  checks go to http://127.0.0.1:{trial.gateway_port}/v1/events, with a token of their facility:", err=True
        )
        click.echo(f"  SIZAO_DATABASE_URL={trial.database.url} sizao registry token F-001 --label mine", err=True)
        click.echo("  Ctrl-C stops everything", err=True)
        trial.watch()
    except Stop:
        click.echo("stopping ...", err=True)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        trial.stop()
        os.close(held)
    click.echo("stopped", err=True)
