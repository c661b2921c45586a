"""Feedback: what people said of alerts afterwards, and what follows for each rule."""

from __future__ import annotations

from typing import Final, Literal, get_args

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("feedback")

Verdict = Literal["true", "false", "unsure", "nonactionable"]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
"""属实, 误报, 待定, 无需处置: true, and nothing was to be done."""


class FeedbackRow(Struct, frozen=True):
    """What somebody said of an alert."""

    alert_id: int
    at: Millis
    actor: str
    verdict: Verdict
    comment: str | None = None


class Word(Struct, frozen=True):
    """What was said last of an alert, by the resident and the condition it was about."""

    resident_id: int
    condition: str
    at: Millis  # the alert opened
    verdict: Verdict

    @property
    def is_judged(self) -> bool:
        """Somebody was sure."""
        return self.verdict != "unsure"

    @property
    def is_true(self) -> bool:
        """It was so, with or without something to do."""
        return self.verdict in ("true", "nonactionable")


class Rate(Struct, frozen=True):
    """A rule's alerts in one region and month."""

    rule: str
    region: str | None  # the beginning of its code; None: facilities without a region
    month: str  # 2026-11, in China
    alerts: int
    true: int
    false: int
    unsure: int
    nonactionable: int

    @property
    def precision(self) -> float | None:
        """True ones, with or without something to do, of those judged true or false; None: nobody judged."""
        right = self.true + self.nonactionable
        return right / (right + self.false) if right + self.false else None

    @property
    def nonactionable_rate(self) -> float | None:
        """Of all that somebody spoke of (domain.md 3.10: the rate per rule is a figure to watch); None: nobody did."""
        said = self.true + self.false + self.unsure + self.nonactionable
        return self.nonactionable / said if said else None


async def add(connection: Connection, row: FeedbackRow) -> None:
    """It is on record, beside what was said before."""
    await connection.execute(_SQL["add_feedback"], structs.asdict(row) | {"at": Moment(row.at)})


async def last(connection: Connection, alert_id: int) -> FeedbackRow | None:
    """The word that counts; None: nobody has spoken."""
    row = await (await connection.execute(_SQL["last_feedback"], {"alert": alert_id})).fetchone()
    return None if row is None else FeedbackRow(*row)


async def of_facility(connection: Connection, facility_id: int, since: Millis) -> dict[int, list[Word]]:
    """Per resident what was said of alerts that opened since a time."""
    cursor = await connection.execute(_SQL["of_facility"], {"facility": facility_id, "since": Moment(since)})
    found: dict[int, list[Word]] = {}
    for row in await cursor.fetchall():
        found.setdefault(row[0], []).append(Word(*row))
    return found


async def rates(connection: Connection, region: str, digits: int, since: Millis, until: Millis) -> list[Rate]:
    """Per rule, region (so many digits of its code) and month, of alerts that opened in the span."""
    values = {"region": region, "digits": digits, "since": Moment(since), "until": Moment(until)}
    return [Rate(*row) for row in await (await connection.execute(_SQL["rates"], values)).fetchall()]
