"""Due times: the calendar and the questions of residents, woken when they come, judged by the same fold."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Mapping
from typing import Final

import structlog
from msgspec import Struct

from detectors.rules import RulesError
from detectors.times import MINUTE, Millis
from ingest.partitions import partition_of
from store import alerts, days, outages, registry, rejections, rules, subjects
from store import homes as store_homes
from store.connection import Connection, transaction
from store.errors import Unavailable
from store.rejections import Defect
from streams import places
from streams.archive import ANCHORS_KEPT, Archive
from streams.excess import Excess
from streams.judging import judge
from streams.messages import TopicPartition
from streams.metrics import metrics
from streams.referrals import Referrals
from streams.settings import WorkerSettings
from streams.transaction import Transactions, Work, merged
from streams.weeks import Weeks

FACILITIES_A_SWEEP: Final = 20
"""In one transaction: locks are held for some tens of milliseconds."""

SWEEP_SECONDS: Final = 0.5
"""Of one tick: new checks wait no longer for what is due."""

SUM_UP_SECONDS: Final = 5.0
FACILITIES_LOOKED_AT: Final = 5_000
SUM_UP_AT_ONCE_SECONDS: Final = 0.2
SUM_UP_SHARE: Final = 20
"""Figures take at most a twentieth of a worker's time, however many days have changed."""
AGAIN_SECONDS: Final = 300.0

PUT_OFF: Final[Millis] = 5 * MINUTE
"""A facility that could not be judged for a fault of ours is tried again (own choice)."""


log = structlog.get_logger()


class _Look(Struct, frozen=True):
    """What the ledger of our partitions says."""

    until: dict[int, Millis]  # partition -> due times may be judged up to here
    told: set[int]  # the database was set back: people were told of what is read there


class Sweep:
    """A facility is judged only up to what its partition has shown: beyond that we did not look."""

    def __init__(self, settings: WorkerSettings, transactions: Transactions) -> None:
        self._transactions = transactions
        self._excess = Excess(transactions)
        self._weeks = Weeks(transactions)
        self._referrals = Referrals(transactions)
        self._summed_up: dict[str, float] = {}
        self._sum_up_at = 0.0

    async def run(
        self, connection: Connection, seen: Mapping[TopicPartition, Millis], stored: Mapping[TopicPartition, int]
    ) -> bool:
        """Idle partitions have been seen up to these times, if the ledger stands as we believe; then sweeps.

        True, and nothing was swept: the ledger lies behind what was stored.
        """
        look = await self._look(connection, seen, stored)
        if look is None:
            return True
        # Where the database was set back, steps of a referral may wait to be read again.
        current = {one: at for one, at in look.until.items() if one not in look.told}
        wrong = [
            error
            for error in (
                await _tried(self._place(connection)),
                await _tried(self._sum_up(connection, {partition for _, partition in seen})),
                await _tried(self._judge_due(connection, look)),
                await _tried(self._referrals.run(connection, current)),
                await _tried(self._excess.run(connection)),
                await _tried(self._weeks.run(connection, look.until)),
            )
            if error is not None
        ]
        if wrong:
            metrics.defects.inc(len(wrong))
            raise wrong[0]  # each had its turn
        return False

    async def _judge_due(self, connection: Connection, look: _Look) -> None:
        """Facilities whose time has come have been judged, as many as a tick has time for."""
        end = time.monotonic() + SWEEP_SECONDS
        while (swept := await self._once(connection, look)) == FACILITIES_A_SWEEP and time.monotonic() < end:
            pass
        if look.told and swept < FACILITIES_A_SWEEP:
            await self._tell_what_stands(connection, look.told)

    async def _look(
        self, connection: Connection, seen: Mapping[TopicPartition, Millis], stored: Mapping[TopicPartition, int]
    ) -> _Look | None:
        """What the ledger says; None: it lies behind what was stored."""
        async with transaction(connection):
            entries = await self._transactions.ledger.lock(connection, {partition for _, partition in seen})
            if any(place not in entries or entries[place].next_offset < stored.get(place, 0) for place in seen):
                return None
            # Another worker may have taken a partition over meanwhile: then what we saw says nothing.
            mine = {
                place: at
                for place, at in seen.items()
                if place in entries and entries[place].next_offset == stored.get(place)
            }
            await self._transactions.ledger.see(connection, mine)
            await outages.look(connection, round(time.time() * 1_000))
        told = {partition for (_, partition), entry in entries.items() if entry.told_before is not None}
        return _Look(self._transactions.looked_until(merged(entries, mine)), told)

    async def _tell_what_stands(self, connection: Connection, told: set[int]) -> None:
        """Where everything has been read again after the database was set back, P1 still present are told of."""
        ledger = self._transactions.ledger
        async with transaction(connection):
            entries = await ledger.lock(connection, told)
            waiting = {partition for (_, partition), entry in entries.items() if not entry.has_caught_up}
            done = told - waiting
            await ledger.forget_told(connection, [place for place in entries if place[1] in done])
            number = await alerts.tell_what_stands(connection, done, round(time.time() * 1_000))
        if done:
            log.info("caught_up_again", partitions=len(done), still_present=number)

    async def _place(self, connection: Connection) -> None:
        """Facilities that were registered and have never sent anything are looked at too, and missed."""
        async with transaction(connection):
            await rules.share(connection)
            codes = await store_homes.not_watched(connection, FACILITIES_A_SWEEP)
            facilities = await registry.lock_facilities(connection, codes) if codes else {}
            work = [
                Work(await Archive(connection).load(facility), [], self._partition_of(code), is_new=True)
                for code, facility in facilities.items()
            ]
            await self._transactions.write(connection, work, "live")

    def _partition_of(self, code: str) -> int:
        return partition_of(code, self._transactions.partitions)

    async def _sum_up(self, connection: Connection, partitions: set[int]) -> None:
        """Figures of days that changed are computed again, each facility's every few minutes; old anchors go."""
        now = time.monotonic()
        if now < self._sum_up_at:
            return
        async with transaction(connection):
            dirty = await days.dirty_facilities(connection, limit=FACILITIES_LOOKED_AT)
        waiting = [
            code
            for _, code in dirty
            if self._partition_of(code) in partitions and now - self._summed_up.get(code, -1e9) >= AGAIN_SECONDS
        ]
        for code in waiting:
            if time.monotonic() - now > SUM_UP_AT_ONCE_SECONDS:
                break
            self._summed_up[code] = now
            async with transaction(connection):
                await rules.share(connection)
                facility = (await registry.lock_facilities(connection, [code]))[code]
                home = await self._transactions.home(connection, facility)
                await days.recompute(connection, home.id, await days.dirty(connection, home.id), home.calendar)
                if home.people and home.looked_until > 0:
                    await subjects.forget_anchors(connection, list(home.people), home.looked_until - ANCHORS_KEPT)
            self._transactions.homes.keep([home])
        ended = time.monotonic()
        self._sum_up_at = ended + max(SUM_UP_SECONDS, SUM_UP_SHARE * (ended - now))

    async def _once(self, connection: Connection, look: _Look) -> int:
        """Judges some facilities whose time has come; how many. One that cannot be judged keeps no other waiting."""
        reachable = {partition: until for partition, until in look.until.items() if until > 0}
        if not reachable:
            return 0
        async with transaction(connection):
            due = await store_homes.due(connection, list(reachable), max(reachable.values()), FACILITIES_A_SWEEP)
        if due and await _tried(self._judge_these(connection, look, dict(due))) is not None:
            for code, partition in due:
                wrong = await _tried(self._judge_these(connection, look, {code: partition}))
                if wrong is not None:
                    await self._put_off(connection, code, wrong)
        return len(due)

    async def _put_off(self, connection: Connection, code: str, wrong: Exception) -> None:
        """The facility waits for a while, and that it could not be judged is on record."""
        metrics.defects.inc()
        now = round(time.time() * 1_000)
        async with transaction(connection):
            await rejections.add_defects(connection, [Defect(now, f"{type(wrong).__name__}: {wrong}", code)])
            await store_homes.put_off(connection, code, now + PUT_OFF)

    async def _judge_these(self, connection: Connection, look: _Look, ready: Mapping[str, int]) -> None:
        """These facilities, each with the partition of its checks, have been judged as far as that was looked at."""
        work: list[Work] = []
        async with transaction(connection):
            await rules.share(connection)
            facilities = await registry.lock_facilities(connection, ready)
            for code, facility in facilities.items():
                home = await self._transactions.home(connection, facility)
                await places.listen(connection, [home])
                again = home.to_judge_again(facility.refold_from)
                found = await judge(home, {}, again, look.until[ready[code]], Archive(connection))
                work.append(Work(home, found, ready[code], facility.refold_from is not None))
            await self._transactions.write(connection, [one for one in work if one.partition not in look.told], "live")
            told_before = [one for one in work if one.partition in look.told]
            if told_before:
                await self._transactions.write(connection, told_before, "backfill")
        self._transactions.homes.keep(item.home for item in work)


async def _tried(work: Awaitable[object]) -> Exception | None:
    """What went wrong, and keeps nothing else from its turn. The database away, and rules nobody can read, pass."""
    try:
        await work
    except (Unavailable, RulesError):
        raise
    except Exception as error:
        log.exception("sweep_failed")
        return error
    return None
