"""Hand-overs in a story.

record = await shift.offers("护士小李", to="护士小周")
await shift.takes("护士小周", record)
"""

from __future__ import annotations

from alerts import handing_over
from alerts.acting import Actor, Outcome
from alerts.handing_over import Offer, Person
from store import hand_overs
from store.connection import transaction
from store.console import Seen
from tests.acceptance.story import Story

HOME = Seen(facilities=("F-001",))
COUNTY = Seen(regions=("370613",))


def person(name: str) -> Person:
    return Person(Actor(name), f"login-{name}")


class Shift:
    """What people do when a shift ends."""

    def __init__(self, story: Story) -> None:
        self.story = story

    async def offers(self, name: str, seen: Seen = HOME, **others: object) -> int:
        """Everything open of a home or a county is offered."""
        async with transaction(self.story.connection):
            given = Offer(seen, **others)  # type: ignore[arg-type]
            return await handing_over.offer(self.story.connection, person(name), given, self.story.now)

    async def takes(self, name: str, record: int, *positions: int) -> list[Outcome]:
        """Some of it, or all."""
        wanted = positions or range(1, 100)
        async with transaction(self.story.connection):
            return await handing_over.take(self.story.connection, record, person(name), wanted, self.story.now)

    async def sends_back(self, name: str, record: int, *positions: int, reason: str) -> None:
        """Some of it, or all, with a reason."""
        wanted = positions or range(1, 100)
        async with transaction(self.story.connection):
            await handing_over.send_back(self.story.connection, record, person(name), wanted, reason, self.story.now)

    async def promises(self, name: str, words: str) -> None:
        """Somebody says what they will do."""
        async with transaction(self.story.connection):
            await hand_overs.promise(self.story.connection, person(name).names, words, None, self.story.now)

    async def record(self, number: int) -> list[str]:
        """Each thing of the record, as `alert accepted 护士小周 08:05`."""
        found = []
        for one in await hand_overs.items(self.story.connection, number):
            when = "" if one.answered_at is None else f" {self.story.clock(one.answered_at)}"
            found.append(f"{one.kind} {one.state} {one.answered_by or ''}{when}".strip())
        return found
