"""`sizao spot-checks`: whom to visit unannounced (四不两直), for named inspectors alone."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar, get_args

import click
import msgspec
from msgspec import structs

from dashboards.console.sessions import scope_of
from dashboards.console.users import Place
from dashboards.dispatch.document import Language
from dashboards.dispatch.rendering import FORMATS
from dashboards.fonts import NoFont
from dashboards.spot_checks import drawing
from dashboards.spot_checks.annex import annex, lines
from detectors.times import to_text
from sizao import tables
from sizao.days import day_of, shown
from sizao.params import DATABASE, MOST, Area
from store import accounts, spot_checks, views
from store.accounts import Account
from store.connection import Connection, connected, transaction
from store.figures import NATION
from store.nudges import prefix_of
from store.spot_checks import Draw, NewDraw, SpotCheck
from store.views import View

Found = TypeVar("Found")
_FORMATS: Final = ("table", *FORMATS)

region_option = click.option(
    "--region", type=Area(), default=NATION, help="GB/T 2260 code of the issuing level; 000000: the nation."
)
draw_option = click.option(
    "--draw", "number", type=click.IntRange(1, MOST), required=True, help="Its number, as `draw` printed it."
)
by_option = click.option("--by", required=True, help="Who decides; on record.")


@click.group("spot-checks")
def spot_checks_group() -> None:
    """Whom to visit unannounced (抽查建议名单, 四不两直).

    A list is drawn by risk and in part by chance alone, from all homes of a
    level and by a seed; both are kept, so that anybody can draw it again. Only
    named inspectors of the level see it, here or in the console under
    /spot-checks, and every view is on record (`sizao audit-log`). Other levels
    learn of a visit when its result is entered.
    """


@spot_checks_group.command("inspectors")
@DATABASE
@region_option
@click.option("--name", "named", help="Login of an account that may see the level's lists from now on.")
@click.option("--dismiss", "dismissed", help="Login of one that may no longer.")
@click.option("--by", help="Who decides; on record. Needed to name or dismiss.")
def inspectors(database_url: str, region: str, named: str | None, dismissed: str | None, by: str | None) -> None:
    """List, name or dismiss the inspectors of a level.

    An inspector's account (a desk's or a viewer's) must be for all of the level.

    \b
      sizao spot-checks inspectors --region 510000 --name wang --by 李处长
    """
    if (named or dismissed) and not by:
        raise click.UsageError("say who decides: --by")

    async def work(connection: Connection) -> list[spot_checks.Inspector]:
        async with transaction(connection):
            if named:
                account = await _account(connection, named)
                _check_scope(account, region)
                await spot_checks.name_inspector(connection, region, account.id, str(by))
            if dismissed:
                account = await _account(connection, dismissed)
                if not await spot_checks.dismiss_inspector(connection, region, account.id, str(by)):
                    raise click.ClickException(f"{dismissed} is no inspector of {region}")
            return await spot_checks.inspectors(connection, region)

    rows = [(one.login, one.name, to_text(one.named_at)[:10], one.named_by) for one in _run(database_url, work)]
    tables.show(("login", "name", "since", "named by"), rows)


@spot_checks_group.command("draw")
@DATABASE
@region_option
@by_option
@click.option("--size", type=click.IntRange(1, 1_000), default=20, help="How many homes.")
@click.option("--chance-share", type=click.IntRange(10, 100), default=30, help="Percent drawn by chance alone.")
@click.option(
    "--period", type=click.IntRange(1, 730), default=90, help="Days in which none is drawn twice without cause."
)
@click.option("--seed", help="Given by somebody else, such as a public lottery. Default: by the system's own chance.")
def draw_command(
    database_url: str, region: str, by: str, size: int, chance_share: int, period: int, seed: str | None
) -> None:
    """Draw a list. It is kept with its seed and all that it was drawn from; the list itself is not printed here."""
    day, given = day_of(None), seed or secrets.token_hex(16)
    by_chance = -(-size * chance_share // 100)

    async def work(connection: Connection) -> tuple[int, int, int, str]:
        async with transaction(connection):
            frame = await spot_checks.frame(connection, region, prefix_of(region), day)
            found = drawing.draw(frame, given, day, size, by_chance, period)
            if not found:
                raise click.ClickException(
                    f"{len(frame)} homes of {region} have figures, and none may be drawn:"
                    " is the code right, does sizao rollup run, or is --period too long?"
                )
            digest = drawing.digest(frame)
            new = NewDraw(region, day, by, given, size, by_chance, period, frame, digest)
            return await spot_checks.add(connection, new, found), len(found), len(frame), digest

    number, listed, of, digest = _run(database_url, work)
    click.echo(f"draw {number}: {listed} homes of {of}; frame {digest}")
    if listed < size:
        click.echo(f"no more than {listed} may be drawn again yet (--period {period})", err=True)


@spot_checks_group.command("list")
@DATABASE
@click.option("--region", type=Area(), help="GB/T 2260 code of an issuing level. Default: all.")
def list_draws(database_url: str, region: str | None) -> None:
    """List the draws: when, by whom, how many; not whom they have found."""
    found: list[Draw] = _run(database_url, lambda one: spot_checks.draws(one, None if region is None else [region]))
    rows = [(one.id, one.region, shown(one.day), one.drawn_by, one.size, one.digest[:16]) for one in found]
    tables.show(("draw", "region", "day", "by", "size", "frame"), rows)


@spot_checks_group.command("show")
@DATABASE
@draw_option
@click.option("--inspector", "login", required=True, help="Login of the named inspector who looks; on record.")
@click.option("--format", "kind", type=click.Choice(_FORMATS), default="table", help="How it is written.")
@click.option("--lang", "language", type=click.Choice(get_args(Language)), default="zh", help="Chinese or English.")
@click.option("--out", type=click.Path(path_type=Path), help="File; -: standard output. Default: here.")
def show_list(database_url: str, number: int, login: str, kind: str, language: Language, out: Path | None) -> None:
    """Show a list to an inspector of its level; the view is on record before it is shown."""
    today = day_of(None)

    async def work(
        connection: Connection,
    ) -> tuple[Draw, list[spot_checks.SpotCheck], dict[int, list[spot_checks.Step]]]:
        async with transaction(connection):
            draw, found = await _looked(connection, number, login, "show")
            return draw, found, await spot_checks.steps(connection, [one.id for one in found])

    draw, found, done = _run(database_url, work)
    document = annex(draw, lines(found, done, today, language), language)
    if kind == "table":
        table = document.sections[0].tables[0]
        tables.show(table.columns, table.rows, document.title)
        return
    try:
        written = FORMATS[kind](document)
    except NoFont as missing:
        raise click.ClickException(f"{missing}; or take another --format") from missing
    _write(written, out, f"spot-checks-{number}.{kind}")


@spot_checks_group.command("record")
@DATABASE
@draw_option
@click.option("--inspector", "login", required=True, help="Login of the named inspector who takes it; on record.")
@click.option("--out", type=click.Path(path_type=Path), help="File; -: standard output. Default: here.")
def record(database_url: str, number: int, login: str, out: Path | None) -> None:
    """Write all that a list follows from as JSON: whoever has it draws the same list without this program.

    The frame, the seed, the points and the numbers of the draw; docs/spot-checks.md
    says how they are put together. It is as secret as the list.
    """

    async def work(connection: Connection) -> tuple[Draw, tuple[spot_checks.Candidate, ...]]:
        async with transaction(connection):
            draw, _ = await _looked(connection, number, login, "record")
            return draw, await spot_checks.frame_of(connection, number)

    draw, frame = _run(database_url, work)
    points = {"weights": drawing.WEIGHTS, "checks_done_percent": drawing.CHECKS_DONE_PERCENT}
    _write(msgspec.json.encode(structs.asdict(draw) | points | {"frame": frame}), out, f"spot-checks-{number}.json")


@spot_checks_group.command("verify")
@DATABASE
@draw_option
def verify(database_url: str, number: int) -> None:
    """Draw a list again from what was kept; exit code 1 when it is another one. Shows nobody's name."""

    async def work(connection: Connection) -> tuple[Draw, bool, bool]:
        async with transaction(connection):
            draw = await _draw(connection, number)
            frame = await spot_checks.frame_of(connection, number)
            kept = [(one.facility, one.part) for one in await spot_checks.checks(connection, number)]
        again = drawing.draw(frame, draw.seed, draw.day, draw.size, draw.by_chance, draw.period_days)
        return draw, drawing.digest(frame) == draw.digest, again == kept

    draw, is_frame, is_list = _run(database_url, work)
    if not is_frame:
        raise click.ClickException(f"draw {number}: the frame is not the one that was drawn from ({draw.digest})")
    if not is_list:
        raise click.ClickException(f"draw {number}: seed and frame give another list than the one that was kept")
    click.echo(f"draw {number}: seed {draw.seed} and frame {draw.digest} give the list that was kept")


async def _looked(connection: Connection, number: int, login: str, command: str) -> tuple[Draw, list[SpotCheck]]:
    """A draw and whom it has found, for a named inspector of its level; that it was looked at is on record."""
    draw = await _draw(connection, number)
    account = await _account(connection, login)
    levels = [one.region for one in await spot_checks.inspectors(connection, account_id=account.id)]
    if draw.region not in levels:
        raise click.ClickException(f"{login} is no inspector of {draw.region}: nothing is shown")
    _check_scope(account, draw.region)
    found = await spot_checks.checks(connection, draw.id)
    page, homes = f"sizao spot-checks {command} --draw {number}", tuple(one.facility for one in found)
    await views.add(connection, View(round(time.time() * 1_000), account.id, login, account.role, page, homes))
    return draw, found


def _write(written: bytes, out: Path | None, name: str) -> None:
    """For its owner alone."""
    if out == Path("-"):
        sys.stdout.buffer.write(written)
        return
    path = out or Path(name)
    path.touch(mode=0o600)
    path.write_bytes(written)
    click.echo(f"{path} is written", err=True)


async def _draw(connection: Connection, number: int) -> Draw:
    found = await spot_checks.draws(connection, number=number)
    if not found:
        raise click.ClickException(f"there is no draw {number}: sizao spot-checks list")
    return found[0]


async def _account(connection: Connection, login: str) -> Account:
    account = await accounts.by_login(connection, login)
    if account is None or account.disabled_at is not None:
        raise click.ClickException(f"nobody signs in as {login}: sizao account list")
    return account


def _check_scope(account: Account, region: str) -> None:
    """A lower level's account is never an inspector of a higher one."""
    if account.role not in ("desk", "viewer") or not scope_of(account).has(Place("", prefix_of(region))):
        raise click.ClickException(
            f"{account.login} ({account.role}) is not for all of {region}: name a desk or viewer of that level"
        )


def _run(database_url: str, work: Callable[[Connection], Awaitable[Found]]) -> Found:
    async def once() -> Found:
        async with connected(database_url, "spot-checks") as connection:
            return await work(connection)

    return asyncio.run(once())
