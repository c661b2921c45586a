"""`sizao doctor`: is the system itself well? A line a dependency, each with its remedy."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Final

import click
import msgspec

from detectors.times import DAY, MINUTE, SECOND, Millis
from ingest.topics import Cluster, TopicsError, examine
from sizao.daily_findings import daily_work
from sizao.embedded.broker import is_embedded
from sizao.embedded.places import listens, remembered_port, state_place
from sizao.finding import Finding
from sizao.hearing import silences_found
from sizao.on_call import on_call
from sizao.params import AS_JSON, PREFIX, database
from store import accounts, daily_jobs, deliveries, health, parts, rejections, roll, spool
from store.connection import Connection, connect, transaction
from store.errors import StoreError
from store.ledger import Ledger
from store.migrate import pending

MARKS: Final = {"green": "ok    ", "yellow": "trial ", "red": "WRONG "}
CLOCK_LIMIT: Final = 2 * SECOND
WAITING_LIMIT: Final = MINUTE
LAG_LIMIT: Final = 5 * MINUTE
FIGURES_LATE: Final = 5 * MINUTE


@click.command()
@click.option(
    "--kafka", envvar="SIZAO_KAFKA", show_envvar=True, help="host:port[,host:port]; default: that of sizao run."
)
@database("postgresql://...; default: that of sizao run.")
@PREFIX
@click.option("--group", envvar="SIZAO_GROUP", show_envvar=True, default="sizao", help="Consumer group.")
@click.option("--production", is_flag=True, help="What is good enough for a trial only is wrong.")
@AS_JSON
def doctor(
    kafka: str | None, database_url: str | None, prefix: str, group: str, production: bool, as_json: bool
) -> None:
    """Look at broker, topics, database, clocks, lag, deliveries and daily work, and say what to do about each.

    Exit code 1 when something is wrong.
    """
    cluster, lines = _broker(kafka or _remembered("broker", "SIZAO_KAFKA", "127.0.0.1:{}"), prefix)
    url = database_url or _remembered("postgres", "SIZAO_DATABASE_URL", "postgresql://postgres@127.0.0.1:{}/postgres")
    lines += asyncio.run(_database(url, None if cluster is None else Ledger(cluster.id, group)))
    if production:
        lines = [msgspec.structs.replace(one, light="red") if one.light == "yellow" else one for one in lines]
    for one in lines:
        if as_json:
            sys.stdout.buffer.write(msgspec.json.encode(one) + b"\n")
        else:
            click.echo(f"{MARKS[one.light]} {one.what}" + (f"\n        {one.remedy}" if one.remedy else ""))
    sys.exit(1 if any(one.light == "red" for one in lines) else 0)


def _remembered(name: str, variable: str, form: str) -> str:
    port = remembered_port(state_place(), name)
    if port is None:
        raise click.UsageError(f"{variable} is not set, and no sizao run has been here: set it, or start sizao run")
    return form.format(port)


# ------------------------------------------------------------ broker


def _broker(kafka: str, prefix: str) -> tuple[Cluster | None, list[Finding]]:
    try:
        if not listens(kafka):  # quicker than the client, which tries for half a minute
            raise TopicsError(f"nobody listens at {kafka}: start the broker, or mend SIZAO_KAFKA")
        cluster = examine(kafka, prefix)
    except TopicsError as error:
        return None, [Finding("red", "broker: none", str(error))]
    found = [Finding("green", f"broker: {cluster.brokers} in cluster {cluster.id}"), _topics(cluster)]
    if cluster.partitions:
        found += _replication(cluster)
    return cluster, found


def _topics(cluster: Cluster) -> Finding:
    if cluster.missing:
        return Finding("red", f"topics missing: {', '.join(cluster.missing)}", "start a worker: it makes them")
    if len(set(cluster.partitions.values())) != 1:
        remedy = "all topics need the same number of partitions: make them anew"
        return Finding("red", f"topics differ in partitions: {cluster.partitions}", remedy)
    number = next(iter(cluster.partitions.values()))
    return Finding("green", f"topics: {len(cluster.partitions)} with {number} partitions each")


def _replication(cluster: Cluster) -> list[Finding]:
    if is_embedded(cluster.id):
        remedy = "an accepted check is worth the disk of the database; production wants 3 brokers of Apache Kafka"
        return [Finding("yellow", "broker: the embedded one, its log in memory", remedy)]
    what = f"replication: {cluster.replicas}, of which in sync at least {cluster.min_insync}"
    remedy = "an acknowledged check is worth one disk; production wants 3 brokers, replication 3, min.insync.replicas 2"
    safe = cluster.replicas >= 3 and (cluster.min_insync or 1) >= 2
    found = [Finding("green", what) if safe else Finding("yellow", what, remedy)]
    if cluster.behind:
        found.append(
            Finding("red", f"replicas: {cluster.behind} partitions have too few", "start the broker that is away")
        )
    if cluster.stamped_by_sender:
        names = ", ".join(cluster.stamped_by_sender)
        remedy = "set message.timestamp.type=LogAppendTime: it is the time of receipt of direct producers"
        found.append(Finding("red", f"topics with the sender's time: {names}", remedy))
    return found


# ------------------------------------------------------------ database


async def _database(database_url: str, ledger: Ledger | None) -> list[Finding]:
    try:
        missing = await asyncio.get_running_loop().run_in_executor(None, pending, database_url)
        connection = await connect(database_url, "doctor")
    except StoreError as error:
        first = str(error).splitlines()[0]
        return [Finding("red", "database: none", f"{first}: start it, or mend SIZAO_DATABASE_URL")]
    try:
        asked = time.time()
        async with transaction(connection):
            found = await health.read(connection)
        answered = time.time()
        lines = [*_about_database(found, missing), _clock(found.now, asked, answered)]
        if not missing:
            async with transaction(connection):
                lines += await _work(connection, ledger)
        return lines
    finally:
        await connection.close()


def _about_database(found: health.Health, missing: list[str]) -> list[Finding]:
    lines = [Finding("green", f"database: PostgreSQL {found.version}")]
    if found.is_standby:
        lines.append(Finding("red", "the database is a standby and only reads", "name the primary, or promote it"))
    if missing:
        lines.append(Finding("red", f"migrations missing: {', '.join(missing)}", "run sizao migrate"))
    else:
        lines.append(Finding("green", "migrations: all applied"))
    if found.timescaledb is None:
        lines.append(Finding("yellow", "TimescaleDB: not there", "ordinary tables serve a trial; a nation wants it"))
    else:
        lines.append(Finding("green", f"TimescaleDB {found.timescaledb} ({found.timescaledb_license})"))
    if not (found.fsync and found.synchronous_commit):
        lines.append(Finding("red", "the database does not wait for its disk", "set fsync and synchronous_commit on"))
    if not found.has_copy:
        lines.append(Finding("yellow", "the database has no copy", "add a standby, or archive its log (archive_mode)"))
    return lines


def _clock(theirs: Millis, asked: float, answered: float) -> Finding:
    apart = abs(theirs - (asked + answered) / 2 * 1_000) - (answered - asked) * 500
    if apart > CLOCK_LIMIT:
        return Finding("red", f"clocks are {apart / 1_000:.1f} s apart", "let NTP keep both machines' clocks")
    return Finding("green", "clocks agree")


# ------------------------------------------------------------ what is under way


async def _work(connection: Connection, ledger: Ledger | None) -> list[Finding]:
    lines = []
    if ledger is not None:
        lines.append(_lag([one.seen_until for one in (await ledger.read(connection)).values()]))
    lines.append(_waiting("accepted and not yet stored", *await spool.waiting(connection), "sizao worker"))
    lines.append(_waiting("messages to people", *await deliveries.backlog(connection), "sizao sender"))
    lines.append(_figures(await parts.backlog(connection), round(time.time() * 1_000)))
    lines.append(_registry(await roll.completeness(connection)))
    lines.append(_accounts(await accounts.count(connection)))
    lines += await silences_found(connection, round(time.time() * 1_000))
    lines += await on_call(connection, round(time.time() * 1_000))
    lines += daily_work(await daily_jobs.read(connection), round(time.time() * 1_000))
    faults = await rejections.count_defects(connection, round(time.time() * 1_000) - DAY)
    if faults:
        remedy = "look at the table defects; once mended, sizao requeue --defects feeds the messages again"
        lines.append(Finding("red", f"faults of ours in the last day: {faults}", remedy))
    return lines


def _figures(backlog: tuple[int, Millis | None], now: Millis) -> Finding:
    """Whether figures follow what is stored; nobody dies of a late figure, so this is never red."""
    waiting, counted_at = backlog
    since = None if counted_at is None else now - counted_at
    if waiting and (since is None or since > FIGURES_LATE):
        age = "never" if since is None else f"{since / 60_000:.0f} min ago"
        return Finding("yellow", f"figures: {waiting} changes wait, counted last {age}", "start sizao rollup")
    return Finding("green", f"figures: {waiting} changes wait to be counted")


def _registry(known: roll.Completeness) -> Finding:
    """How complete the registry is (底数): what nobody registered, and what rules and referrals will miss."""
    if not known.facilities and not known.residents:
        return Finding("yellow", "registry: empty", "bring your files in with sizao registry import (docs/registry.md)")
    said = f"registry: {known.facilities} facilities, {known.residents} residents"
    facts = {
        "year of birth": known.with_birth_year,
        "diseases": known.with_conditions,
        "vaccination": known.with_vaccination,
        "usual SpO2": known.with_usual_spo2,
        "responsible person": known.with_responsible,
    }
    if known.residents:
        said += ", of whom with " + ", ".join(f"{name} {100 * n // known.residents} %" for name, n in facts.items())
    lacking = {
        "facilities without residents": known.without_residents,
        "without anybody to tell": known.without_recipients,
        "without a registered paired hospital": known.without_hospital,
        "without a region": known.without_region,
        "facilities that send and are not registered": known.unregistered_facilities,
        "residents known by checks only": known.unregistered_residents,
    }
    found = ", ".join(f"{name}: {number}" for name, number in lacking.items() if number)
    if not found:
        return Finding("green", said)
    return Finding(
        "yellow", f"{said}; {found}", "sizao registry tasks lists them; sizao registry import takes the rest in"
    )


def _accounts(number: int) -> Finding:
    if not number:
        return Finding("yellow", "accounts: none, nobody can sign in at the console", "make one: sizao account add")
    return Finding("green", f"accounts: {number}")


def _age(at: Millis | None) -> Millis:
    return 0 if at is None else round(time.time() * 1_000) - at


def _waiting(what: str, number: int, oldest: Millis | None, who: str) -> Finding:
    said = f"{what}: {number}" + (f", the oldest for {max(0, _age(oldest)) / 1_000:.0f} s" if number else "")
    if _age(oldest) > WAITING_LIMIT:
        return Finding("red", said, f"start {who}, or look at its log")
    return Finding("green", said)


def _lag(seen: list[Millis | None]) -> Finding:
    looked = [at for at in seen if at is not None]
    if not looked or len(looked) < len(seen):
        return Finding("red", "worker: has not looked at every partition yet", "start sizao worker, or wait a moment")
    behind = _age(min(looked))
    said = f"worker: everything seen up to {behind / 1_000:.0f} s ago"
    if behind > LAG_LIMIT:
        return Finding("red", said, "start sizao worker, more of them, or look at their logs")
    return Finding("green", said)
