"""`sizao requeue`: what was kept is fed again, through the same path as everything."""

from __future__ import annotations

import asyncio

import click

from ingest.decode import OTHER_TOPIC, decode_message, topic_of_row
from ingest.producer import Producer, ProducerSettings
from ingest.topics import cluster_id
from sizao.params import DATABASE, KAFKA, PREFIX
from store import rejections
from store.connection import Connection, connect, transaction

BACKFILL = (("origin", b"backfill"),)
"""What is fed again never pages: it happened long ago."""


@click.command()
@KAFKA
@DATABASE
@PREFIX
@click.option(
    "--defects/--unknown", default=False, help="Messages kept for a fault of ours, or types not yet understood."
)
def requeue(kafka: str, database_url: str, prefix: str, defects: bool) -> None:
    """Feed again what was kept: after an upgrade that understands it, or a mended fault.

    Each is fed once; an event that had been stored meanwhile is known by its id.
    """
    cluster_id(kafka)  # raises where no broker answers
    fed = asyncio.run(_requeue(kafka, database_url, prefix, defects))
    click.echo(f"{fed} fed again", err=True)


async def _requeue(kafka: str, database_url: str, prefix: str, defects: bool) -> int:
    producer = Producer(ProducerSettings(kafka, prefix))
    connection = await connect(database_url, "requeue")
    fed = after = 0
    try:
        while True:
            async with transaction(connection):
                kept = await _kept(connection, defects, after)
                for number, facility, raw in kept:
                    await producer.publish(_topic(raw, facility), facility, raw, BACKFILL)
                    after = number
                numbers = [number for number, _, _ in kept]
                await (rejections.defects_requeued if defects else rejections.requeued)(connection, numbers)
            if not kept:
                return fed
            fed += len(kept)
    finally:
        await producer.close()
        await connection.close()


async def _kept(connection: Connection, defects: bool, after: int) -> list[tuple[int, str, bytes]]:
    if defects:
        found = await rejections.defects_to_requeue(connection, after)
        return [(one.id, one.defect.facility or "", one.defect.raw) for one in found if one.defect.raw is not None]
    unknown = await rejections.to_requeue(connection, after=after)
    return [(one.id, one.rejection.facility or "", one.rejection.raw) for one in unknown]


def _topic(raw: bytes, facility: str) -> str:
    rows = decode_message(raw, key=facility or None, received_at=0).rows
    return topic_of_row(rows[0]) if rows else OTHER_TOPIC
