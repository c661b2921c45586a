"""What comes after a visit: a result, what it found is mended by a day, and somebody looks again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

from store.connection import Connection
from store.spot_checks import Kind, SpotCheck, Step, add_step, steps

Stage = Literal["to_visit", "to_mend", "to_look_again", "closed"]
MEND_DAYS: Final = (1, 3, 7, 15)
"""What regulators here give, by how bad it is (domain.md 3.9); whoever visits chooses."""
VISIT_DAYS, LOOK_AGAIN_DAYS = 7, 7
"""Own choices, unsourced."""

_NEXT: Final[dict[Stage, Kind]] = {"to_visit": "result", "to_mend": "rectified", "to_look_again": "rechecked"}


class Standing(Struct, frozen=True):
    """How far it is, and until when what comes next is due."""

    stage: Stage
    due_day: int | None
    is_overdue: bool

    @property
    def next(self) -> Kind | None:
        """What may be done now."""
        return _NEXT.get(self.stage)


class NotNow(Exception):
    """It is somebody else's turn, or was done already; the message says what comes next."""


def standing(check: SpotCheck, done: Sequence[Step], today: int) -> Standing:
    """Where a visit stands after these steps."""
    if not done:
        due = check.day + VISIT_DAYS
        return Standing("to_visit", due, today > due)
    last = done[-1]
    stage: Stage = "to_look_again" if last.kind == "rectified" else "closed" if last.is_good else "to_mend"
    return Standing(stage, last.due_day, last.due_day is not None and today > last.due_day)


async def take_step(
    connection: Connection, check: SpotCheck, kind: Kind, is_good: bool, said: str, mend_days: int, by: str, today: int
) -> None:
    """The step is on record with the day by which the next one is due; NotNow where it is not its turn."""
    done = (await steps(connection, [check.id]))[check.id]
    now = standing(check, done, today)
    if now.next != kind:
        raise NotNow(f"this visit is {now.stage}: {now.next or 'nothing'} comes next")
    due = today + LOOK_AGAIN_DAYS if kind == "rectified" else None if is_good else today + mend_days
    # What was mended is not good before somebody has looked.
    good = is_good and kind != "rectified"
    if not await add_step(connection, check.id, len(done) + 1, kind, good, said, due, by):
        raise NotNow("somebody was quicker: look again")
