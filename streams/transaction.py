"""One transaction: a batch is stored, judged, told of, and the ledger moved; or nothing of it happened.

share the rules; lock ledger rows (partition, topic), then facilities (code)
take the messages that continue the ledger
add observations; the known ones are compared
settle corrections, and whose a shared device's readings are
judge the residents touched, and whatever is due
write episodes, transitions, alerts, anchors, questions
keep what could not be read; empty the spool; move the ledger
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from alerts import apply as alerting
from alerts.alert import Told
from detectors.detector import Severity
from detectors.timeline import key_of
from detectors.times import NEVER, Millis
from ingest.decode import TOPICS
from store import alerts, days, episodes, erasing, ids, registry, rejections, rules, spool, subjects
from store import homes as store_homes
from store.connection import Connection, transaction
from store.episodes import EpisodeRow
from store.ledger import Entry, Ledger
from store.rejections import Defect, Rejection
from store.rows import ObservationRow
from streams import places
from streams.archive import Archive
from streams.homes import Home, Homes
from streams.intake import people, take_in
from streams.judging import Judged, judge, new_episodes, numbered, settle
from streams.messages import Gap, Origin, Read, TopicPartition, continuing
from streams.metrics import Laps, metrics
from streams.settings import WorkerSettings


class Stored(Struct, frozen=True):
    """What a transaction did to the ledger."""

    next_offsets: dict[TopicPartition, int]
    gaps: dict[TopicPartition, Gap]  # to be read again

    def followed_by(self, later: Stored) -> Stored:
        """Both, in order."""
        return Stored(self.next_offsets | later.next_offsets, self.gaps | later.gaps)


class Work(Struct):
    """What judging one facility produced, to be written."""

    home: Home
    judged: list[Judged]
    partition: int | None  # where its checks travel; None: the findings of a region, which has no checks
    is_new: bool = False  # its state must be stored whatever was judged


class _Batch(Struct):
    """The rows of a transaction, and where each facility's checks travel."""

    rows: list[ObservationRow]
    partitions: dict[str, int]
    origin: Origin
    looked: dict[int, Millis]  # partition -> due times may be judged up to here


class Transactions:
    """Makes transactions; remembers facilities between them."""

    def __init__(self, settings: WorkerSettings) -> None:
        self.ledger = Ledger(settings.cluster_id, settings.group)
        self.homes = Homes(settings.homes)
        self._grace = round(settings.grace_seconds * 1_000)
        self._topics = len(TOPICS)
        self.partitions = settings.partitions

    def forget(self) -> None:
        """Nothing remembered is trusted any more."""
        self.homes.clear()

    async def store(
        self,
        connection: Connection,
        reads: Sequence[Read],
        accepted_gaps: set[Gap],
        defect: Exception | None = None,
    ) -> Stored:
        """Stores the messages; with a `defect` the one message is kept raw instead."""
        laps = Laps()
        async with transaction(connection):
            await rules.share(connection)
            entries = await self.ledger.lock(connection, {read.message.partition for read in reads})
            offsets = {place: entry.next_offset for place, entry in entries.items()}
            taken, moved, gaps = continuing(reads, offsets, accepted_gaps)
            if not taken:
                return Stored({}, gaps)
            seen = _seen(taken)
            looked = self.looked_until(merged(entries, seen))
            touched: list[Home] = []
            fates: Counter[str] = Counter()
            for origin, mine in _by_origin(taken, entries).items():
                if mine and defect is None:
                    touched += await self._take_in(connection, _batch(mine, origin, looked), laps, fates)
            await self._keep_aside(connection, taken, defect, fates)
            await spool.remove(connection, [one for read in taken if (one := read.message.spool) is not None])
            await self.ledger.move(connection, moved)
            await self.ledger.see(connection, seen)
            laps.lap("write")
        self.homes.keep(touched)
        for fate, number in fates.items():  # not before: a transaction may be tried again
            metrics.events.labels(fate).inc(number)
        laps.lap("commit")
        return Stored(moved, gaps)

    def looked_until(self, entries: Mapping[TopicPartition, Millis | None]) -> dict[int, Millis]:
        """Per partition: due times may be judged up to here, the smallest of its topics less the grace."""
        found: dict[int, list[Millis]] = {}
        for (_, partition), seen in entries.items():
            found.setdefault(partition, []).append(-NEVER if seen is None else seen - self._grace)
        return {partition: min(times) for partition, times in found.items() if len(times) == self._topics}

    # ------------------------------------------------------------ taking in

    async def _take_in(self, connection: Connection, batch: _Batch, laps: Laps, fates: Counter[str]) -> list[Home]:
        facilities = await registry.lock_facilities(connection, batch.partitions)
        kept = await erasing.without_erased(connection, batch.rows)
        fates["erased"] += len(batch.rows) - len(kept)
        batch.rows = kept
        laps.lap("lock")
        # Before the rows are stored: what a facility is loaded with is what was judged, and no new row looks late.
        homes_now = {code: await self.home(connection, facility) for code, facility in facilities.items()}
        resident_ids = await self._meet(connection, people(batch.rows), homes_now)
        laps.lap("load")
        taken = await take_in(connection, batch.rows, homes_now, resident_ids)
        fates.update(taken.fates)
        laps.lap("add")
        measured = {code: set(mine) for code, mine in taken.fresh.items()}
        await places.listen(connection, homes_now.values())
        work = []
        for code, facility in facilities.items():
            home, mine = homes_now[code], taken.fresh.get(code, {})
            moved = home.to_judge_again(facility.refold_from)
            for resident in home.people.keys() & taken.changed.keys():
                moved[resident] = min(taken.changed[resident], moved.get(resident, taken.changed[resident]))
            for resident, key in moved.items():
                # What is new lies in the stored timeline too: judged again from there.
                moved[resident] = min([key, *(key_of(one) for one in mine.pop(resident, []))])
            partition = batch.partitions[code]
            judged = await judge(home, mine, moved, batch.looked.get(partition, -NEVER), Archive(connection))
            work.append(Work(home, judged, partition, facility.refold_from is not None))
        laps.lap("judge")
        await self.write(connection, work, batch.origin)
        if batch.origin == "live" and (ill := _still_ill(homes_now, measured)):
            await alerts.tell_what_goes_on(connection, ill, round(time.time() * 1_000))
        await days.mark_dirty(connection, taken.days)
        return list(homes_now.values())

    async def home(self, connection: Connection, facility: registry.Facility) -> Home:
        """The facility, remembered or loaded, at the version of this transaction."""
        home = self.homes.get(facility.id, facility.version - 1)
        if home is None or facility.refold_from is not None or home.good_until <= time.time() * 1_000:
            home = await Archive(connection).load(facility)
        home.version = facility.version
        return home

    async def _meet(
        self, connection: Connection, named: set[tuple[str, str]], homes_now: Mapping[str, Home]
    ) -> dict[tuple[str, str], int]:
        """(facility, resident) -> id; residents met for the first time are judged from now on."""
        known: dict[tuple[str, str], int] = {}
        unknown: set[tuple[str, str]] = set()
        for pair in named:
            resident_id = homes_now[pair[0]].resident_ids.get(pair[1])
            if resident_id is None:
                unknown.add(pair)
            else:
                known[pair] = resident_id
        if unknown:
            known |= await registry.resident_ids(connection, unknown, {code: one.id for code, one in homes_now.items()})
            for home in {homes_now[code].id: homes_now[code] for code, _ in unknown}.values():
                for row in await store_homes.people(connection, home.id):
                    if row.id not in home.people:
                        home.add(row).subject.append([], home.looked_until)
        return known

    # ------------------------------------------------------------ writing

    async def write(self, connection: Connection, work: list[Work], origin: Origin) -> None:
        """What judging produced in several facilities is stored and told of, with few statements."""
        judged = [one for item in work for one in item.judged]
        metrics.rules_run.inc(sum(item.home.take_ran() for item in work))
        number = new_episodes(judged)
        numbered(judged, await ids.reserve(connection, "episodes", number) if number else [])
        now = round(time.time() * 1_000)
        kept: list[EpisodeRow] = []
        gone: list[int] = []
        happened: list[alerting.Happened] = []
        for item in work:
            for one in item.judged:
                if one.found is not None:
                    kept += _changed_episodes(item.home, one)
                    gone += one.found.gone
                    if one.found.transitions:
                        happened.append(alerting.Happened(item.home.place, one.person.id, one.found))
        settle(judged)
        await episodes.save(connection, kept)
        await episodes.withdraw(connection, gone, now)
        await subjects.cut_anchors(connection, {one.person.id: one.base for one in judged if one.rewound})
        await subjects.add_anchors(connection, {one.person.id: one.anchors for one in judged if one.anchors})
        await subjects.replace_questions(
            connection, {one.person.id: one.person.subject.state.questions for one in judged if one.asks}
        )
        if happened:
            _observe(await alerting.apply(connection, happened, origin, now), now)
        await rejections.add_defects(connection, [defect for item in work for defect in _failures(item)])
        await store_homes.set_states(connection, [state for item in work for state in _state(item)])

    async def _keep_aside(
        self, connection: Connection, taken: Iterable[Read], defect: Exception | None, fates: Counter[str]
    ) -> None:
        refused = [
            Rejection(
                problem.fate,
                self.ledger.cluster_id,
                read.message.topic,
                read.message.partition,
                read.message.offset,
                problem.item,
                read.message.key,
                problem.sentence.zh,
                problem.sentence.en,
                problem.raw,
            )
            for read in taken
            for problem in read.problems
        ]
        fates.update(one.fate for one in refused)
        await rejections.add(connection, refused)
        if defect is not None:
            metrics.defects.inc()
            now = round(time.time() * 1_000)
            await rejections.add_defects(
                connection,
                [
                    Defect(now, f"{type(defect).__name__}: {defect}", read.message.key, raw=read.message.value)
                    for read in taken
                ],
            )


def _still_ill(homes_now: Mapping[str, Home], measured: Mapping[str, set[int]]) -> list[int]:
    """Who was measured and has something urgent that stands."""
    return [
        number
        for code, numbers in measured.items()
        for number in numbers
        if (person := homes_now[code].people[number]).kind == "resident"
        and any(one.episode.severity <= Severity.P2 for one in person.open)
    ]


def _by_origin(taken: Iterable[Read], entries: Mapping[TopicPartition, Entry]) -> dict[Origin, list[Read]]:
    """What is new first; then what was told of before, by its own word or since the database was set back."""
    found: dict[Origin, list[Read]] = {"live": [], "backfill": []}
    for read in taken:
        message = read.message
        told = entries[message.topic, message.partition].was_told(message.offset, message.appended_at)
        found["backfill" if told else message.origin].append(read)
    return found


def _batch(reads: Iterable[Read], origin: Origin, looked: dict[int, Millis]) -> _Batch:
    rows: list[ObservationRow] = []
    partitions: dict[str, int] = {}
    for read in reads:
        rows += read.rows
        for row in read.rows:
            partitions[row.facility] = read.message.partition
    return _Batch(rows, partitions, origin, looked)


def _seen(taken: Iterable[Read]) -> dict[TopicPartition, Millis]:
    """Everything appended before the last message taken of each partition has been seen."""
    seen: dict[TopicPartition, Millis] = {}
    for read in taken:
        place = (read.message.topic, read.message.partition)
        seen[place] = max(read.message.appended_at - 1, seen.get(place, 0))
    return seen


def merged(
    entries: Mapping[TopicPartition, Entry], seen: Mapping[TopicPartition, Millis]
) -> dict[TopicPartition, Millis | None]:
    """How far each partition has been seen, by the ledger and by us; None: never."""
    return {
        place: max((at for at in (entry.seen_until, seen.get(place)) if at is not None), default=None)
        for place, entry in entries.items()
    }


def _changed_episodes(home: Home, one: Judged) -> list[EpisodeRow]:
    assert one.found is not None
    before = {stored.id: stored for stored in one.person.open}
    return [
        EpisodeRow(stored.id, one.person.id, home.id, stored.episode, stored.aliases)
        for stored in one.found.kept
        if before.get(stored.id) != stored
    ]


def _state(item: Work) -> list[store_homes.HomeState]:
    """What the next sweep or worker must know, where it changed."""
    if item.partition is None:
        return []
    home, wakes_at = item.home, item.home.wakes_at
    due_at = None if wakes_at >= NEVER else wakes_at
    if not item.judged and not item.is_new and due_at == home.due_at:
        return []
    home.due_at = due_at
    looked = None if home.looked_until == -NEVER else home.looked_until
    return [store_homes.HomeState(home.id, due_at, looked, item.partition, home.outages_known)]


def _failures(item: Work) -> list[Defect]:
    failures = []
    for one in item.judged:
        for failure in one.failures:
            metrics.defects.inc()
            failures.append(Defect(failure.key[0], failure.error, item.home.code, one.person.code, failure.rule))
    return failures


def _observe(told: Iterable[Told], now: Millis) -> None:
    for one in told:
        metrics.transitions.labels(one.transition.kind, one.explained.severity.name).inc()
        if one.transition.at is not None and one.transition.kind in ("opened", "worsened"):
            metrics.observed_to_finding_seconds.observe(max(0, now - one.transition.at) / 1_000)
