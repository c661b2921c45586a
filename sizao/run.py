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

from ingest.simulator.county import county
from ingest.simulator.registry import write_registry
from sizao.embedded.broker import Broker
from sizao.embedded.places import Trouble, free_port, lock, state_directory
from sizao.embedded.postgres import Postgres
from sizao.migrate import prepare
from sizao.params import database
from sizao.ports import PORT
from sizao.registry import register
from sizao.services import Database, GivenDatabase, GivenKafka, Kafka
from sizao.supervisor import Child, command
from sizao.trial_account import trial_link

BROKER_MEMORY = 1024**3
"""Past this the embedded broker is started anew: it keeps everything in memory for ever."""

READY_SECONDS = 60.0
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # the last: the terminal was closed


class Stop(Exception):
    """Somebody asked us to stop."""


class Trial:
    """Services, our own or given ones, and the processes that use them."""

    def __init__(
        self,
        state: Path,
        gateway_port: int | None,
        console_port: int | None,
        kafka: str | None = None,
        database_url: str | None = None,
    ) -> None:
        self.state = state
        self._logs = state / "logs"
        self._logs.mkdir(exist_ok=True)
        self.gateway_port = free_port(state, "gateway", gateway_port)
        self.console_port = free_port(state, "console", console_port)
        self.is_ours = database_url is None
        self.database: Database = (
            GivenDatabase(database_url) if database_url else Postgres(state, free_port(state, "postgres"))
        )
        self.broker: Kafka = GivenKafka(kafka) if kafka else Broker(state, free_port(state, "broker"))
        self.has_own_broker = kafka is None
        self.children: dict[str, Child] = {}

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
            "SIZAO_GATEWAY": f"http://127.0.0.1:{self.gateway_port}",
            "SIZAO_CONSOLE_PORT": str(self.console_port),
            "SIZAO_RECEIPT_SECRET": secrets.token_hex(16),
            "SIZAO_FACTOR_KEY": os.environ.get("SIZAO_FACTOR_KEY") or self._factor_key(),
            "SIZAO_PAGE": f"http://127.0.0.1:{self.console_port}",
            "SIZAO_WORKER_STATE": str(self.state / "worker"),
        }
        if self.has_own_broker:
            # It forgets, and is slow to notice a member that is gone: a spool, a short session, no static membership.
            env |= {"SIZAO_SPOOL": "1", "SIZAO_SESSION_TIMEOUT": "3", "SIZAO_HEARTBEAT": "1"}
        for name in ("worker", "gateway", "sender", "rollup", "console"):
            self._run(name, command(name), env)
        with _step("gateway and page"):
            self._wait_for(f"http://127.0.0.1:{self.gateway_port}/readyz")
            self._wait_for(f"http://127.0.0.1:{self.console_port}/readyz")
        self._run("prove", command("prove"), env | {"SIZAO_GATEWAY": f"http://127.0.0.1:{self.gateway_port}"})

    def _factor_key(self) -> str:
        """The same at every start: telephones that were set up before still give good codes."""
        file = self.state / "factor.key"
        if not file.exists():
            file.touch(0o600)
            file.write_text(secrets.token_urlsafe(32))
        return file.read_text()

    def way_in(self) -> str:
        """What to open, and how to sign in there."""
        page = f"http://127.0.0.1:{self.console_port}"
        if not self.is_ours:
            return f"open  {page}\n  with an account of this database: sizao account add makes one"
        link = trial_link(self.database.url)
        return f"open  {page}/sign-in?link={link}\n  (good once, on this machine; each start prints another)"

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
        self._run("simulate", command(*words), {})

    def _run(self, name: str, words: list[str], env: dict[str, str]) -> None:
        child = self.children[name] = Child(name, words, env, self._logs / f"{name}.log")
        child.start()

    def _wait_for(self, url: str) -> None:
        limit = time.monotonic() + READY_SECONDS
        while time.monotonic() < limit:
            with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=2):  # noqa: S310
                return
            self._look()
            time.sleep(0.1)
        raise Trouble(f"{url} does not answer in {READY_SECONDS:.0f} s: look at {self._logs}")

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
                self._start_broker_anew()

    def _start_broker_anew(self) -> None:
        """The order of the first start: the gateway publishes what was not stored before it takes more."""
        for name in ("gateway", "worker"):
            # Little patience: a consumer waits ten seconds for a broker that is gone, and killing it loses nothing.
            self.children[name].stop(patience=2)
        self.broker.stop()
        self.broker.start()
        for name in ("worker", "gateway"):
            self.children[name].start()

    def _look(self) -> None:
        for child in self.children.values():
            said = child.look()
            if said is not None:
                click.echo(said, err=True)

    def stop(self) -> None:
        """Everything has stopped, in reverse order."""
        for child in reversed(self.children.values()):
            child.stop()
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
    _hear_no_more()
    raise Stop


def _hear_no_more() -> None:
    """Whoever stops is not asked to stop again: it would only cut that short."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


@click.command()
@click.option("--kafka", envvar="SIZAO_KAFKA", show_envvar=True, help="host:port[,host:port]; default: one of our own.")
@database("postgresql://...; default: one of our own.")
@click.option("--gateway-port", envvar="SIZAO_GATEWAY_PORT", show_envvar=True, type=PORT, help="Default: a free one.")
@click.option("--console-port", envvar="SIZAO_CONSOLE_PORT", show_envvar=True, type=PORT, help="Default: a free one.")
@click.option("--county/--no-county", "with_county", default=True, help="Simulate a county that sends checks.")
def run(
    kafka: str | None, database_url: str | None, gateway_port: int | None, console_port: int | None, with_county: bool
) -> None:
    """Start everything on this machine: database, broker, gateway, worker, sender, page.

    Nothing but Python is needed. State is kept in $SIZAO_STATE (default: your
    state directory), also over kill -9: what was accepted is stored. Ctrl-C
    stops everything. A second start beside it says so.
    """
    state = state_directory()
    held = lock(state)
    for number in STOPPING:
        signal.signal(number, _stop)
    click.echo(f"Sizao starts, state in {state}", err=True)
    trial = Trial(state, gateway_port, console_port, kafka, database_url)
    try:
        trial.start_services()
        trial.start_processes()
        if with_county:
            trial.start_county()
        click.echo(f"\n  {trial.way_in()}\n", err=True)
        click.echo(
            f"  checks go to http://127.0.0.1:{trial.gateway_port}/v1/events, with a token of their facility:", err=True
        )
        click.echo(f"  SIZAO_DATABASE_URL={trial.database.url} sizao registry token F-001 --label mine", err=True)
        click.echo("  Ctrl-C stops everything", err=True)
        trial.watch()
    except Stop:
        click.echo("stopping ...", err=True)
    finally:
        _hear_no_more()
        trial.stop()
        os.close(held)
    click.echo("stopped", err=True)
