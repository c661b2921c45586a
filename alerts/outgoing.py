"""What leaves now: within the limits of each channel, urgent ones singly and first, the others together.

One short transaction a place decides and claims; nothing is sent inside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog
from msgspec import Struct, structs

from alerts.channels import Channel
from alerts.digests import digest_of, fitting
from alerts.limits import Limits, beyond
from alerts.messages import Telling, message_of
from alerts.notifiers.base import Message, Undeliverable
from alerts.receipts import link_of
from alerts.routing import Route, telling
from alerts.templating import Language
from detectors.times import HOUR, MINUTE, Millis
from store import deliveries, outbox, slots, tellings
from store.connection import Connection
from store.deliveries import DeliveryRow, NewDelivery, Way

LEASE: Final[Millis] = MINUTE
GIVE_UP_AFTER: Final[Millis] = 24 * HOUR
AT_ONCE: Final = 50
"""Single messages to one place in one go."""
ANSWERABLE: Final = ("alarm", "escalation", "reminder")

_DIGEST_ROWS: Final = 1_000

log = structlog.get_logger()


class Outgoing(Struct, frozen=True):
    """One message, the tellings in it, and the slot it takes of its channel's limit."""

    place: Way
    rows: list[DeliveryRow]
    message: Message | None
    undeliverable: str = ""  # why there is no message
    slot: int | None = None


class Page(Struct, frozen=True):
    """Where messages point to, and in which language channels of one language speak."""

    address: str
    language: Language = "zh"
    receipts: str | None = None  # the secret of links by which a person answers; None: the page of the alert


async def claim_at(
    connection: Connection, place: Way, channel: Channel | None, page: Page, now: Millis
) -> list[Outgoing]:
    """The messages that leave this place now, claimed. The caller has opened a transaction.

    1. urgent ones singly, as many as the limit lets through
    2. of those left, the ones that would wait too long go to the next channel and into a digest
    3. the others together, as many in a message as it holds
    """
    limits = None if channel is None else channel.limits
    if channel is None or limits is None:
        found = await outbox.lock_singles(connection, place, now, everything=True, limit=AT_ONCE)
        return await _singles(connection, place, channel, page, found, [None] * len(found), now)
    scope = (place[0], limits.scope(place[1]))
    digests = channel.digest_bytes is not None
    waits = digests and await outbox.digest_waits(connection, place)
    last = limits.for_singles(waits)
    found = await outbox.lock_singles(connection, place, now, everything=not digests, limit=AT_ONCE * 4)
    taken: list[int] = []
    if found:
        most = min(len(found), AT_ONCE)
        until = now + LEASE + limits.window
        taken = await slots.take(connection, scope, now, between=(1, last), limit=most, until=until)
    leaving = await _singles(connection, place, channel, page, found[: len(taken)], taken, now)
    urgent = [one for one in found[len(taken) :] if one.severity == 1]
    await _relieve(connection, scope, channel, urgent, last, now)
    if digests:
        leaving += await _digests(connection, place, channel, page, now)
    return leaving


async def _singles(
    connection: Connection,
    place: Way,
    channel: Channel | None,
    page: Page,
    rows: Sequence[DeliveryRow],
    taken: Sequence[int | None],
    now: Millis,
) -> list[Outgoing]:
    if not rows:
        return []
    claimed = await outbox.claim(connection, [one.id for one in rows], now + LEASE)
    said = await _said(connection, claimed, page, now)
    leaving = []
    for row, slot in zip(claimed, taken, strict=True):
        try:
            message = message_of(said[row.id], now, channel.form if channel else "both", page.language)
            leaving.append(Outgoing(place, [row], message, slot=slot))
        except Undeliverable as error:
            leaving.append(Outgoing(place, [row], None, str(error), slot))
        except Exception as error:  # one that cannot be put into words keeps no other waiting
            log.exception("not_put_into_words", delivery=row.id)
            leaving.append(Outgoing(place, [row], None, f"{type(error).__name__}: {error}", slot))
    return leaving


async def _relieve(
    connection: Connection, scope: Way, channel: Channel, urgent: list[DeliveryRow], last: int, now: Millis
) -> None:
    """Urgent ones that their channel cannot take in time go on the next one; a digest here still names them."""
    if not urgent or channel.limits is None:
        return
    free = await slots.free_at(connection, scope, last, now, LEASE)
    late = [urgent[index] for index in beyond([one.created_at for one in urgent], free, channel.limits, now)]
    with_next = [one for one in late if one.fallbacks]
    await deliveries.add(connection, [next_way(one, now) for one in with_next])
    if channel.digest_bytes is not None:
        await outbox.leave_to_digest(connection, [one.id for one in late])
    else:
        await outbox.pass_on(
            connection, [one.id for one in with_next], "the channel was at its limit: told on the next"
        )


async def _digests(connection: Connection, place: Way, channel: Channel, page: Page, now: Millis) -> list[Outgoing]:
    assert channel.limits is not None
    leaving: list[Outgoing] = []
    while True:
        rows = await outbox.digest_again(connection, place, now)
        again = bool(rows)
        if not again:
            rows = await outbox.lock_for_digest(connection, place, now, _DIGEST_ROWS)
        if not rows:
            return leaving
        slot = await _slot_for_digest(connection, place, channel.limits, now)
        if slot is None:
            return leaving
        leaving.append(await _digest(connection, place, channel, page, rows, slot, now, again=again))


async def _slot_for_digest(connection: Connection, place: Way, limits: Limits, now: Millis) -> int | None:
    scope = (place[0], limits.scope(place[1]))
    between = (limits.messages - limits.kept_for_digests + 1, limits.messages)
    until = now + LEASE + limits.window
    taken = await slots.take(connection, scope, now, between=between, limit=1, until=until)
    return taken[0] if taken else None


async def _digest(
    connection: Connection,
    place: Way,
    channel: Channel,
    page: Page,
    rows: list[DeliveryRow],
    slot: int,
    now: Millis,
    *,
    again: bool,
) -> Outgoing:
    said = await _said(connection, rows, page, now)
    assert channel.digest_bytes is not None
    if not again:
        told = [said[row.id] for row in rows]
        rows = rows[: fitting(told, page.address, channel.form, page.language, channel.digest_bytes)]
    # One alone is marked too: it goes again under the same key, never in another message.
    number = rows[0].digest or rows[0].id
    claimed = await outbox.claim(connection, [row.id for row in rows], now + LEASE, number)
    if len(claimed) == 1:
        message = message_of(said[claimed[0].id], now, channel.form, page.language)
    else:
        told = [said[row.id] for row in claimed]
        message = digest_of(f"digest_{number}", told, page.address, channel.form, page.language)
    return Outgoing(place, claimed, message, slot=slot)


async def _said(connection: Connection, rows: Sequence[DeliveryRow], page: Page, now: Millis) -> dict[int, Telling]:
    """What each telling says; a person's link answers it."""
    found = await tellings.of_deliveries(connection, [one.id for one in rows])
    said = {}
    for row in rows:
        link = f"{page.address}/alerts/{row.alert_id}"
        if page.receipts is not None and row.person is not None and row.kind in ANSWERABLE:
            link = f"{page.address}/r/{link_of(page.receipts, row.id, now)}"
        elif row.kind == "referral_asked":
            link = f"{page.address}/referrals"
        said[row.id] = Telling(key=row.idempotency_key, link=link, **structs.asdict(found[row.id]))
    return said


def next_way(row: DeliveryRow, now: Millis) -> NewDelivery:
    """The same telling on the next way to the same person."""
    (channel, address), *rest = row.fallbacks
    route = Route(channel, address, row.recipient_id, None, row.person, tuple(rest), row.role)
    key, about = f"{row.idempotency_key}.{len(rest)}", (row.alert_id, row.transition_id)
    return telling(route, about, row.kind, key, now, severity=row.severity, note=row.note)
