"""Referrals in a story: people say steps in the console, systems post them, and clocks run.

await ward.says("requested", "王院长")
await ward.posts("accepted", at="03:20")     # the hospital's own system, by the wire
assert await ward.stage() == "accepted · 县医院"
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from alerts import referring
from alerts.apply import Happened, apply
from alerts.referrals.course import Referral
from alerts.referring import NewStep, Scene, referral_of
from detectors.referral import StepKind
from detectors.times import to_text
from ingest.decode import decode_message
from store import episodes, ids, referrals, registry
from store.connection import transaction
from store.episodes import EpisodeRow
from streams.archive import Archive
from streams.intake import take_in
from streams.judging import new_episodes, numbered
from streams.referrals import follow_due
from tests.acceptance.story import Story

HOME = "F-001"


class Ward:
    """One resident's way to a hospital."""

    def __init__(self, story: Story, resident: str = "R-07", code: str = "") -> None:
        self.story = story
        self.resident = resident
        self.code = code
        self._posted = 0
        self._sent: dict[str, dict[str, Any]] = {}

    # ------------------------------------------------------------ what is said

    async def says(self, step: StepKind, actor: str, *, at: str | None = None, **others: Any) -> None:
        """Somebody says a step in the console, now or afterwards."""
        story = self.story
        connection = story.connection
        async with transaction(connection):
            home = await self._home()
            person = (await registry.resident_ids(connection, [(HOME, self.resident)], {HOME: home.id}))[
                HOME, self.resident
            ]
            said = NewStep(step, actor, at=None if at is None else story.moment(at), **others)
            code = await self._known() or "B-1"
            await referring.say(connection, Scene(home.id, home.rules), code, said, story.now, person)

    async def posts(self, step: StepKind, *, at: str | None = None, **others: Any) -> None:
        """A system posts a step, now or afterwards; the worker's own path stores it."""
        story = self.story
        self._posted += 1
        happened = story.now if at is None else story.moment(at)
        event = {
            "type": "referral_step",
            "event_id": str(UUID(int=9_000 + self._posted)),
            "facility": HOME,
            "resident": self.resident,
            "observed_at": to_text(happened),
            "referral": await self._known() or "B-1",
            "step": step,
            **others,
        }
        self._sent[step] = event
        await self._stored(event)

    async def measures(self, **vitals: float) -> None:
        """A reading is stored, which nobody judges here."""
        self._posted += 1
        said = {"type": "reading", "event_id": str(UUID(int=7_000 + self._posted)), "facility": HOME}
        await self._stored({**said, "resident": self.resident, "observed_at": to_text(self.story.now), **vitals})

    async def corrects(self, step: StepKind) -> None:
        """What was posted was a mistake."""
        said = self._sent[step]
        await self._stored(
            {
                "type": "correction",
                "event_id": str(UUID(int=8_000)),
                "facility": HOME,
                "resident": self.resident,
                "observed_at": to_text(self.story.now),
                "corrects": {"event_id": said["event_id"], "observed_at": said["observed_at"]},
                "action": "entered_in_error",
            }
        )

    async def _stored(self, event: dict[str, Any]) -> None:
        story = self.story
        rows = decode_message(msgspec.json.encode(event), key=HOME, received_at=story.now).rows
        async with transaction(story.connection):
            home = await self._home()
            people = await registry.resident_ids(story.connection, [(HOME, self.resident)], {HOME: home.id})
            await take_in(story.connection, rows, {HOME: home}, people)

    async def _home(self) -> Any:
        facility = (await registry.lock_facilities(self.story.connection, [HOME]))[HOME]
        return await Archive(self.story.connection).load(facility)

    async def _known(self) -> str:
        if not self.code:
            rows = await (
                await self.story.connection.execute(
                    "select r.code from referrals r join residents p on p.id = r.resident_id where p.code = %s "
                    "order by r.id desc limit 1",
                    [self.resident],
                )
            ).fetchall()
            self.code = rows[0][0] if rows else ""
        return self.code

    # ------------------------------------------------------------ what is seen

    async def referral(self) -> Referral:
        """As everybody sees it."""
        home = await registry.find_facility(self.story.connection, HOME)
        assert home is not None
        code = await self._known() or "B-1"
        return referral_of((await referrals.of_facility(self.story.connection, home.id, [code]))[code])

    async def stage(self) -> str:
        """`requested · 县医院`, or how it ended."""
        found = await self.referral()
        if found.ending is not None:
            return f"closed · {found.ending.outcome}"
        return f"{found.stage} · {found.hospital}" if found.hospital else found.stage

    async def asked(self) -> list[str]:
        """Every hospital that was asked, and its answer."""
        story = self.story
        return [f"{story.clock(one.at)} {one.hospital} {one.answer}" for one in (await self.referral()).asked]

    async def stalled(self) -> list[str]:
        """The open alerts of a referral that stands still."""
        found = [row for row in await self.story.open_alerts() if row.condition == "referral_stalled"]
        return [row.reason_zh for row in found if row.condition_state == "present"]


async def clocks_run(story: Story) -> None:
    """Whatever of a referral is due by now is followed, as the worker's sweep does it."""
    connection = story.connection
    async with transaction(connection):
        due = await referrals.due(connection, [0], [story.now], 50)
        for code in sorted({one.facility for one in due}):
            home = await Archive(connection).load((await registry.lock_facilities(connection, [code]))[code])
            judged = await follow_due(connection, home, [one.code for one in due if one.facility == code], story.now)
            numbered(judged, await ids.reserve(connection, "episodes", new_episodes(judged)))
            for one in judged:
                assert one.found is not None
                await episodes.save(
                    connection,
                    [EpisodeRow(kept.id, one.person.id, home.id, kept.episode) for kept in one.found.kept],
                )
                await episodes.withdraw(connection, one.found.gone, story.now)
                await apply(connection, [Happened(home.place, one.person.id, one.found)], "live", story.now)
