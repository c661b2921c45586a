"""A story: checks arrive, people are told and act, and the clock is in the teller's hand.

    story.at("03:00").resident("R-07").rests(spo2=86)
    await story.until("03:00")
    assert story.heard("护士小李") == ["alarm"]

Detectors, alerts, routing and sender are the real ones over a real database;
only the channels are ours, so that one can be cut.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from alerts import acting
from alerts.acting import Actor, Outcome
from alerts.apply import Happened, Home, apply
from alerts.channels import CHANNELS, Channel
from alerts.notifiers.base import Message, Retry
from alerts.outgoing import Page
from alerts.plain import plain_line
from alerts.reconcile import Reconciled, Stored, reconcile
from alerts.sender import Sender
from detectors.corrections import Arrival
from detectors.engine import Engine
from detectors.observations import CheckIn, Correction, Presence, Reading, TestResult
from detectors.profile import Profile
from detectors.times import MINUTE, SECOND, Millis, to_datetime
from ingest.registry.rows import Facility, Hospital
from store import alerts, deliveries, duty, ids, observations, registration, registry
from store.alerts import AlertRow
from store.connection import Connection, Pool, transaction
from store.deliveries import DeliveryRow, Way
from store.duty import Scope, ShiftRow
from streams.catalogue import national
from tests.integration.store.making import row_of

ZONE = ZoneInfo("Asia/Shanghai")
REGION = "370613"
STEP = 10 * SECOND


class Heard(Struct, frozen=True):
    """A message that arrived."""

    at: Millis
    channel: str
    address: str
    message: Message


class Line:
    """A channel that can be cut."""

    def __init__(self, story: Story, name: str) -> None:
        self.story = story
        self.name = name
        self.is_cut = False
        self.dies_after_sending = False

    async def send(self, address: str, message: Message) -> None:
        if self.is_cut:
            raise Retry("answered 503")
        self.story.heard_all.append(Heard(self.story.now, self.name, address, message))
        if self.dies_after_sending:
            self.dies_after_sending = False
            raise SenderKilled


async def _no_clocks(story: Story) -> None:
    """No referral is followed."""


class SenderKilled(BaseException):
    """kill -9 between sending and recording."""


class Story:
    """One county with one desk, homes with carers and a head, a hospital with a doctor."""

    def __init__(self, pool: Pool, connection: Connection, day: str = "2026-01-05") -> None:
        self.pool = pool
        self.connection = connection
        self.day = day
        self.now: Millis = 0
        self.at("00:00")
        self.lines = {name: Line(self, name) for name in CHANNELS}
        self.heard_all: list[Heard] = []
        self.ways: dict[str, tuple[Way, ...]] = {}
        self._engine = Engine(lambda who: ((Profile(cutoffs=()),), national()))
        self._stored: dict[str, list[Stored]] = {}
        self._arrivals: list[Arrival] = []
        self._facility = "F-001"
        self._resident = "R-07"
        self._number = 0
        self._last: Reading | None = None
        self._desks: dict[str, tuple[str, str, list[Scope]]] = {}
        self._shifts: list[tuple[str, str, str, str, int, int]] = []
        self.clocks_run: Callable[[Story], Awaitable[None]] = _no_clocks
        self.restarts()

    # ------------------------------------------------------------ the stage

    def restarts(self, channels: dict[str, Channel] = CHANNELS) -> None:  # type: ignore[assignment]
        """A new process: nothing is remembered that is not in the database."""
        page = Page("https://desk.example.org", receipts="receipt-secret")
        self.sender = Sender(self.pool, self.lines, page, channels, clock=lambda: self.now)

    async def home(self, code: str, name: str = "幸福敬老院", **others: Any) -> None:
        """A facility is registered."""
        async with transaction(self.connection):
            row = Facility(code, name, region=REGION, cutoffs=(), phones="0535-6100000", **others)
            given = frozenset(Facility.__struct_fields__)
            await registration.take_in(self.connection, "facilities", [row], given, self.now)
            await self.connection.execute("update facilities set partition = 0")

    async def hospital(self, code: str, name: str) -> None:
        """A hospital of the county is registered."""
        async with transaction(self.connection):
            row = Hospital(code, name, region=REGION, green_channel="0535-120120")
            await registration.take_in(
                self.connection, "hospitals", [row], frozenset(Hospital.__struct_fields__), self.now
            )

    def desk(
        self, code: str, *, facility: str | None = None, region: str | None = None, hospital: str | None = None
    ) -> None:
        """A desk answers for a facility, a region, or a hospital."""
        name, zone, scopes = self._desks.get(code, (code, "Asia/Shanghai", []))
        self._desks[code] = (name, zone, [*scopes, Scope(region, facility, hospital)])

    def person(self, name: str, *ways: Way) -> None:
        """Somebody with the ways to reach them."""
        self.ways[name] = ways

    def shift(self, desk: str, role: str, person: str, hours: str = "00:00-00:00", days: str = "every_day") -> None:
        """Somebody is on duty."""
        begins, ends = (int(text[:2]) * 60 + int(text[3:]) for text in hours.split("-"))
        self._shifts.append((desk, role, person, days, begins, ends))

    def shifts_without(self, *roles: str) -> None:
        """Nobody is on duty in these roles any more."""
        self._shifts = [one for one in self._shifts if one[1] not in roles]

    async def rosters(self) -> None:
        """What was said of desks, people and shifts is in force."""
        async with transaction(self.connection):
            await duty.replace_desks(self.connection, self._desks)
            await duty.replace_people(self.connection, {name: (name, ways) for name, ways in self.ways.items()})
            desks, people = await duty.codes(self.connection)
            rows = [ShiftRow(desks[d], role, people[p], days, b, e) for d, role, p, days, b, e in self._shifts]
            await duty.replace_shifts(self.connection, rows)

    # ------------------------------------------------------------ what happens

    def at(self, clock: str) -> Self:
        """Local time on the day of the story, `+1 08:00` on the next."""
        self.now = self.moment(clock)
        return self

    def moment(self, clock: str) -> Millis:
        """Local time on the day of the story as everybody's time."""
        days, _, hours = clock.rpartition(" ")
        moment = datetime.fromisoformat(f"{self.day}T{hours}").replace(tzinfo=ZONE).astimezone(UTC)
        return round(moment.timestamp() * 1_000) + int(days or 0) * 1_440 * MINUTE

    def resident(self, code: str, facility: str = "F-001") -> Self:
        """Whose check it is."""
        self._resident, self._facility = code, facility
        return self

    def rests(self, *, spo2: int, at: str | None = None) -> Self:
        """A reading at rest arrives, of now or of an earlier moment."""
        self._number += 1
        reading = Reading(self.now if at is None else self.moment(at), str(UUID(int=self._number)), spo2 * 10)
        self._last = reading
        self._arrivals.append(Arrival(f"{self._facility}/{self._resident}", self.now, reading))
        return self

    def corrects_the_last(self) -> Self:
        """The last reading was a mistake."""
        assert self._last is not None
        self._number += 1
        taken_back = Correction(self.now, str(UUID(int=self._number)), self._last.id, self._last.at)
        self._arrivals.append(Arrival(f"{self._facility}/{self._resident}", self.now, taken_back))
        return self

    def is_said_to_be(self, presence: Presence) -> Self:
        """A check-in says where the resident is."""
        self._number += 1
        said = CheckIn(self.now, str(UUID(int=self._number)), presence)
        self._arrivals.append(Arrival(f"{self._facility}/{self._resident}", self.now, said))
        return self

    def is_positive(self, test: Literal["antigen", "pcr"] = "antigen") -> Self:
        """A test of a resident is positive."""
        self._number += 1
        result = TestResult(self.now, str(UUID(int=self._number)), test, "positive")
        self._arrivals.append(Arrival(f"{self._facility}/{self._resident}", self.now, result))
        return self

    async def stored_with(self, after: Millis, **rest: Any) -> None:
        """What arrives last is stored as a worker does it, with what else its message says."""
        element = self._arrivals[-1].event
        row = row_of(element, self._facility, self._resident, after=after, rest=msgspec.json.encode(rest))
        async with transaction(self.connection):
            facilities = await registry.lock_facilities(self.connection, [self._facility])
            known = {code: one.id for code, one in facilities.items()}
            people = await registry.resident_ids(self.connection, {(self._facility, self._resident)}, known)
            await observations.add(self.connection, [row], known, people)

    async def judged(self, origin: str = "live") -> None:
        """Everything that arrived is judged; alerts are as they must be."""
        touched = self._engine.process(self._arrivals, self.now)
        self._arrivals = []
        async with transaction(self.connection):
            happened = [one for who in touched if (one := await self._reconciled(who)) is not None]
            await apply(self.connection, happened, origin, self.now)

    async def _reconciled(self, who: str) -> Happened | None:
        facility, resident = who.split("/")
        new = iter(await ids.reserve(self.connection, "episodes", 4))
        found: Reconciled = reconcile(self._stored.get(who, []), self._engine.episodes(who), lambda: next(new))
        self._stored[who] = found.kept
        if not found.transitions:
            return None
        home = (await registry.lock_facilities(self.connection, [facility]))[facility]
        people = await registry.resident_ids(self.connection, [(facility, resident)], {facility: home.id})
        return Happened(Home(home.id, REGION, national()), people[facility, resident], found)

    async def until(self, clock: str, origin: str = "live") -> Self:
        """Time passes; whatever is due is judged, routed and sent."""
        start = self.now
        end = self.at(clock).now
        self.now = start
        while True:
            await self.judged(origin)
            await self.clocks_run(self)
            await self.sends()
            if self.now >= end:
                return self
            waiting, _ = await deliveries.backlog(self.connection)
            self.now = min(end, self.now + (STEP if waiting else MINUTE))

    async def sends(self) -> None:
        """The sender does everything that is due now."""
        for _ in range(60):
            if not await self.sender.route_due() + await self.sender.send_due():
                return

    # ------------------------------------------------------------ people act

    async def does(self, action: str, name: str, *, who: Iterable[int] | None = None, **others: Any) -> list[Outcome]:
        """Somebody acts on the open alerts, or on those given."""
        wanted = [row.id for row in await self.open_alerts()] if who is None else list(who)
        actor = others.pop("actor", Actor(name))
        defaults: dict[str, Any] = {"acknowledge": {"comment": None}, "accept": {"comment": None}}.get(action, {})
        async with transaction(self.connection):
            act = getattr(acting, action)
            done: list[Outcome] = await act(self.connection, wanted, actor, **(defaults | others), now=self.now)
            return done

    # ------------------------------------------------------------ what people see

    async def open_alerts(self) -> list[AlertRow]:
        return await alerts.open_alerts(self.connection)

    async def line(self) -> str:
        """The plain line of the one open alert."""
        (alert,) = await self.open_alerts()
        return plain_line(alert, "Asia/Shanghai", self.now)

    async def told(self) -> list[DeliveryRow]:
        """Every telling of every alert, in order."""
        rows = await (await self.connection.execute("select id from alerts order by id")).fetchall()
        found = await deliveries.of_alerts(self.connection, [row[0] for row in rows])
        return sorted((one for told in found.values() for one in told), key=lambda one: one.id)

    async def not_told(self) -> list[str]:
        """Why somebody was not told."""
        return [one.not_told_reason or "" for one in await self.told() if one.status == "not_told"]

    def heard(self, name: str) -> list[str]:
        """What arrived at somebody, as `03:00 alarm voice`."""
        mine = set(self.ways[name])
        return [
            f"{self.clock(one.at)} {one.message.kind} {one.channel}"
            for one in self.heard_all
            if (one.channel, one.address) in mine
        ]

    @staticmethod
    def clock(at: Millis) -> str:
        return to_datetime(at).astimezone(ZONE).strftime("%H:%M")
