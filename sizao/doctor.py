"""`sizao doctor`: is the system itself well? A line a dependency, each with its remedy."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Final, Literal

import click
import msgspec
from msgspec import Struct

from detectors.times import MINUTE, SECOND
from ingest.topics import Cluster, TopicsError, examine
from store import deliveries, health, spool
from store.connection import connect, transaction
from store.errors import StoreError
from store.ledger import Ledger
from store.migrate import pending

Light = Literal["green", "yellow", "red"]
MARKS: Final = {"green": "ok    ", "yellow": "trial ", "red": "WRONG "}
CLOCK_LIMIT: Final = 2 * SECOND
LAG_LIMIT: Final = 5 * MINUTE


class Finding(Struct, frozen=True):
    """One line."""

    light: Light
    what: str
    remedy: str = ""


@click.command()
@click.option("--kafka", envvar="SIZAO_KAFKA", show_envvar=True, required=True, help="host:port[,host:port]")
@click.option("--database-url", envvar="SIZAO_DATABASE_URL", show_envvar=True, required=True, help="postgresql://...")
@click.option("--prefix", envvar="SIZAO_TOPIC_PREFIX", show_envvar=True, default="", help="Before every topic name.")
@click.option("--group", envvar="SIZAO_GROUP", show_envvar=True, default="sizao", help="Consumer group.")
@click.option("--production", is_flag=True, help="What is good enough for a trial only is wrong.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines on standard output.")
def doctor(kafka: str, database_url: str, prefix: str, group: str, production: bool, as_json: bool) -> None:
    """Look at broker, topics, database, clocks, lag and deliveries, and say what to do about each.

    Exit code 1 when something is wrong.
    """
    findings = _broker(kafka, prefix)
    cluster = next((one for one in findings if isinstance(one, Cluster)), None)
    lines = [one for one in findings if isinstance(one, Finding)]
    lines += asyncio.run(_database(database_url, None if cluster is None else Ledger(cluster.id, group)))
    if production:
        lines = [msgspec.structs.replace(one, light="red") if one.light == "yellow" else one for one in lines]
    for one in lines:
        if as_json:
            sys.stdout.buffer.write(msgspec.json.encode(one) + b"\n")
        else:
            click.echo(f"{MARKS[one.light]} {one.what}" + (f"\n        {one.remedy}" if one.remedy else ""))
    sys.exit(1 if any(one.light == "red" for one in lines) else 0)


def _broker(kafka: str, prefix: str) -> list[Finding | Cluster]:
    try:
        cluster = examine(kafka, prefix)
    except TopicsError as error:
        return [Finding("red", "broker", str(error))]
    found: list[Finding | Cluster] = [cluster, Finding("green", f"broker: {cluster.brokers} in cluster {cluster.id}")]
    if cluster.missing:
        found.append(Finding("red", f"topics missing: {', '.join(cluster.missing)}", "start a worker: it makes them"))
    elif len(set(cluster.partitions.values())) != 1:
        remedy = "all topics need the same number of partitions: make them anew"
        found.append(Finding("red", f"topics differ in partitions: {cluster.partitions}", remedy))
    else:
        number = next(iter(cluster.partitions.values()))
        found.append(Finding("green", f"topics: {len(cluster.partitions)} with {number} partitions each"))
    if cluster.brokers < 3:
        remedy = "an acknowledged check is worth one disk; production wants 3 brokers, replication 3, min.insync 2"
        found.append(Finding("yellow", f"replication: {cluster.brokers} broker(s)", remedy))
    return found


async def _database(database_url: str, ledger: Ledger | None) -> list[Finding]:
    try:
        missing = await asyncio.get_running_loop().run_in_executor(None, pending, database_url)
        connection = await connect(database_url, "doctor")
    except StoreError as error:
        return [Finding("red", "database", f"{error}: start it, or mend SIZAO_DATABASE_URL")]
    try:
        asked = time.time()
        async with transaction(connection):
            found = await health.read(connection)
        answered = time.time()
        lines = [Finding("green", f"database: PostgreSQL {found.version}")]
        lines += _about_database(found, missing)
        lines.append(_clock(found.now, asked, answered))
        if not missing:
            async with transaction(connection):
                lines.append(_deliveries(*await deliveries.backlog(connection)))
                lines.append(_spool(*await spool.waiting(connection)))
                if ledger is not None:
                    seen = [one.seen_until for one in (await ledger.read(connection)).values()]
                    lines.append(_lag(seen))
        return lines
    finally:
        await connection.close()


def _about_database(found: health.Health, missing: list[str]) -> list[Finding]:
    lines = []
    if missing:
        lines.append(Finding("red", f"migrations missing: {', '.join(missing)}", "run sizao migrate"))
    if found.timescaledb is None:
        lines.append(Finding("yellow", "TimescaleDB: not there", "ordinary tables serve a trial; a nation wants it"))
    else:
        lines.append(Finding("green", f"TimescaleDB {found.timescaledb} ({found.timescaledb_license})"))
    if not (found.fsync and found.synchronous_commit):
        lines.append(Finding("red", "the database does not wait for its disk", "set fsync and synchronous_commit on"))
    if not found.has_copy:
        lines.append(Finding("yellow", "the database has no copy", "add a standby, or archive its log (archive_mode)"))
    return lines


def _clock(theirs: int, asked: float, answered: float) -> Finding:
    apart = abs(theirs - (asked + answered) / 2 * 1_000) - (answered - asked) * 500
    if apart > CLOCK_LIMIT:
        return Finding("red", f"clocks are {apart / 1_000:.1f} s apart", "let NTP keep both machines' clocks")
    return Finding("green", "clocks agree")


def _since(at: int | None) -> float:
    return 0.0 if at is None else time.time() - at / 1_000


def _deliveries(number: int, oldest: int | None) -> Finding:
    what = f"messages waiting: {number}" + (f", the oldest for {_since(oldest):.0f} s" if number else "")
    return (
        Finding("red", what, "start sizao sender, or look at its log")
        if _since(oldest) > 60
        else Finding("green", what)
    )


def _spool(number: int, oldest: int | None) -> Finding:
    what = f"accepted and not yet stored: {number}"
    return (
        Finding("red", what, "start sizao worker, or look at its log")
        if _since(oldest) > 60
        else Finding("green", what)
    )


def _lag(seen: list[int | None]) -> Finding:
    if not seen or None in seen:
        return Finding("yellow", "worker: has not looked at every partition yet", "start sizao worker")
    behind = _since(min(at for at in seen if at is not None)) * 1_000
    if behind > LAG_LIMIT:
        return Finding("red", f"worker: {behind / 1_000:.0f} s behind", "start more workers, or look at their logs")
    return Finding("green", f"worker: {behind / 1_000:.1f} s behind")
