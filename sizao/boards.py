"""`sizao boards`: who sees which figures on the boards of Grafana, and what is marked on them."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Callable
from pathlib import Path

import click

from dashboards.grafana.api import Grafana, GrafanaError
from dashboards.grafana.marks import follow as follow_on
from dashboards.grafana.marks import mark
from dashboards.grafana.provinces import organisation_name, organisation_of, put_province, source
from ingest import regions
from sizao.beat import BEAT, beat
from sizao.logs import set_up_logs
from sizao.params import DATABASE
from store import boards
from store.connection import connected, transaction
from store.figures import NATION


def _grafana(command: Callable[..., None]) -> Callable[..., None]:
    """The command speaks to a Grafana, as its administrator."""
    for option in (
        click.option(
            "--grafana-password", envvar="SIZAO_GRAFANA_PASSWORD", show_envvar=True, required=True, help="Of `admin`."
        ),
        click.option(
            "--grafana",
            "address",
            envvar="SIZAO_GRAFANA",
            show_envvar=True,
            default="http://127.0.0.1:3000",
            help="Where it answers.",
        ),
    ):
        command = option(command)
    return command


@click.group("boards")
def boards_group() -> None:
    """Who sees which figures on the boards of Grafana, and what is marked on them.

    Any viewer of a board may send any SQL to its data source. So each region
    that views has a role of its own in the database, which reads the sums of
    that region and nothing else. `docs/boards.md` says how to start Grafana.
    """


@boards_group.command("nation")
@DATABASE
@click.option(
    "--password",
    envvar="SIZAO_BOARDS_PASSWORD",
    show_envvar=True,
    required=True,
    help="Of the role; Grafana's data source reads the same file.",
)
@click.option("--role", default=boards.NATIONS_ROLE, help="What the role is called.")
def nation(database_url: str, password: str, role: str) -> None:
    """Make the role that reads the figures of the whole nation, or give it another password.

    The connection must be a superuser's.

    \b
      openssl rand -hex 24 > secrets/boards_password
      SIZAO_BOARDS_PASSWORD_FILE=secrets/boards_password sizao boards nation
    """
    asyncio.run(_make_role(database_url, role, NATION, password))
    click.echo(f"{role} reads the figures of the nation", err=True)


@boards_group.command("province")
@DATABASE
@_grafana
@click.argument("provinces", metavar="CODE...", nargs=-1, required=True)
@click.option("--database-at", metavar="HOST:PORT", help="Of the database, as Grafana reaches it; else as we do.")
@click.option(
    "--sslmode",
    type=click.Choice(["disable", "require", "verify-ca", "verify-full"]),
    default="disable",
    help="How Grafana's way to the database is sealed.",
)
@click.option("--role", help="What its role in the database is called, if not sizao_boards_51.", hidden=True)
def province(
    database_url: str,
    address: str,
    grafana_password: str,
    provinces: tuple[str, ...],
    database_at: str | None,
    sslmode: str,
    role: str | None,
) -> None:
    """Give provinces an organisation in Grafana each: their own figures, and the boards.

    Its role in the database has a new password each time, which Grafana alone
    keeps. Said again, everything is brought up to date: do so after an upgrade.
    The connection to the database must be a superuser's.

    \b
      sizao boards province 51
      sizao boards province 51 43 42 --database-at database:5432
    """
    grafana = Grafana(address, grafana_password)
    for code in map(_province, provinces):
        name = regions.name(code) or code
        own = put_province(grafana, code, name)
        password = secrets.token_urlsafe(32)
        its_role = role or boards.role_of(code)
        asyncio.run(_make_role(database_url, its_role, code, password))
        try:
            own.put_source(source(database_url, its_role, password, database_at, sslmode))
        except GrafanaError as error:
            raise click.ClickException(f"the boards of {name} stand still until this is run again: {error}") from error
        click.echo(f"{name}: organisation {organisation_name(name)}, role {its_role}", err=True)


@boards_group.command("viewer")
@_grafana
@click.argument("code")
@click.argument("login")
@click.option("--name", required=True, help="Of the person, as colleagues say it.")
def viewer(address: str, grafana_password: str, code: str, login: str, name: str) -> None:
    """Let somebody look at the boards of a province, and at no other's.

    A new one gets a password, printed on standard output: it is for once. Who
    is there already keeps theirs.

    \b
      sizao boards viewer 51 zhao --name 赵强
    """
    grafana = Grafana(address, grafana_password)
    whole = _province(code)
    own = organisation_of(grafana, whole)
    if own is None:
        raise click.ClickException(f"{regions.name(whole)} has no boards yet: sizao boards province {code}")
    password = secrets.token_urlsafe(12)
    if own.put_viewer(login, name, password):
        click.echo(password)
    click.echo(f"{name} ({login}) looks at {organisation_name(regions.name(whole) or whole)}", err=True)


@boards_group.command("mark")
@DATABASE
@_grafana
@click.option("--follow", is_flag=True, help="Go on, and look again every minute.")
@BEAT
def mark_command(database_url: str, address: str, grafana_password: str, follow: bool, beat_file: Path | None) -> None:
    """Mark on the boards when dispatches were frozen, and when the platform took nothing in.

    The nation's organisation has the marks of all provinces, and each province
    that has boards its own. A mark is written once; said again, nothing changes.
    """
    set_up_logs()
    grafana = Grafana(address, grafana_password)
    if follow:
        asyncio.run(_follow(database_url, grafana, beat_file))
    else:
        click.echo(f"{asyncio.run(mark(database_url, grafana))} marks written", err=True)


def _province(code: str) -> str:
    """The whole code of a province; anything else is an error that says what is wanted."""
    whole = code.ljust(6, "0")
    if not regions.is_valid(whole) or regions.level(whole) != "province":
        raise click.UsageError(
            f"{code} is no province: two digits of GB/T 2260, as 51 for Sichuan; cities and counties use the console"
        )
    return whole


async def _make_role(database_url: str, role: str, region: str, password: str) -> None:
    async with connected(database_url, "boards") as connection, transaction(connection):
        await boards.make_role(connection, role, region, password)


async def _follow(database_url: str, grafana: Grafana, beat_file: Path | None) -> None:
    stopping = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    beating = asyncio.create_task(beat(beat_file))
    await follow_on(database_url, grafana, stopping)
    beating.cancel()
