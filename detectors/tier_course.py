"""A resident's tier over time: from the facts and the table at each moment, with the reason and what changed.

The turn of a year is known beforehand: what 1 January will change stands in
the course as soon as the year of birth is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from msgspec import Struct, structs

from detectors.profile import Profile, Tier
from detectors.tier_changes import Cause, cause
from detectors.tiers import Assigned, Condition, TierFacts, TierTable, Vaccination, assign, given
from detectors.times import Millis, to_millis

TableAt = Callable[[Millis], TierTable | None]
"""The table in force at a moment; None: residents are given no tier there."""


class Known(Struct, frozen=True):
    """What the registry knows from a moment on that a tier rests on."""

    at: Millis
    birth_year: int | None = None
    conditions: Condition | None = None
    conditions_stable: bool | None = None
    vaccination: Vaccination | None = None
    given: Tier | None = None  # as the facility gives it
    assessed_on: Millis | None = None  # when the facility did
    said_at: Millis = 0  # when it was said, where that is later than `at`: what happened before it was known then

    def facts(self, year: int) -> TierFacts:
        """As the table asks for them in a calendar year."""
        age = None if self.birth_year is None else max(0, year - self.birth_year)
        return TierFacts(age, self.conditions, self.conditions_stable, self.vaccination)


class TierEntry(Struct, frozen=True):
    """A tier from a moment on."""

    since: Millis
    tier: Tier | None  # what counts: the facility's word, else the table's
    ours: Tier | None  # what the table says
    zh: str
    en: str
    cause: Cause | None = None  # None: the tier is as before, only the reason is another one
    stale_since: Millis | None = None  # the tier was given before something happened that gives another one


def course(known: Sequence[Known], table_at: TableAt, zone: Profile) -> list[TierEntry]:
    """The tiers by facts in force, ascending; `zone` says when a year begins. Each differs from the one before."""
    found: list[TierEntry] = []
    before: tuple[TierFacts, TierEntry] | None = None
    assessed: tuple[object, Tier | None] = (None, None)  # what the facility said, and what the table said then
    for at, year, facts in _moments(known, table_at, zone):
        table = table_at(at)
        now = facts.facts(year)
        ours = _NO_TABLE if table is None else assign(now, table)
        if assessed[0] != (facts.given, facts.assessed_on) or at <= facts.said_at:
            assessed = ((facts.given, facts.assessed_on), ours.tier)
        shown = ours
        if facts.given is not None:
            shown = _word(facts.given) if table is None else given(facts.given, now, table)
        is_stale = facts.given is not None and ours.tier not in (None, facts.given, assessed[1])
        stale_since = before[1].stale_since if before is not None else None
        entry = TierEntry(
            since=at,
            tier=shown.tier,
            ours=ours.tier,
            zh=shown.zh,
            en=shown.en,
            cause=_cause(before, now, shown.tier, table),
            stale_since=(at if stale_since is None else stale_since) if is_stale else None,
        )
        if before is None or _content(entry) != _content(before[1]):
            found.append(entry)
        before = (now, entry)
    return found


_NO_TABLE = Assigned(None, "未分级：本地区未设分级表", "no tier: the region has no table")


def _word(tier: Tier) -> Assigned:
    return Assigned(tier, "机构填报", "given")


def _content(entry: TierEntry) -> TierEntry:
    return structs.replace(entry, since=0, cause=None)


def _cause(
    before: tuple[TierFacts, TierEntry] | None, now: TierFacts, tier: Tier | None, table: TierTable | None
) -> Cause | None:
    if before is None:
        return Cause.FIRST
    if before[1].tier == tier:
        return None
    return Cause.RECLASSIFIED if table is None else cause(before[0], before[1].tier, now, tier, table)


def _moments(known: Sequence[Known], table_at: TableAt, zone: Profile) -> Iterator[tuple[Millis, int, Known]]:
    """(from, calendar year, facts): where facts change, and at each turn of a year that brings another age band."""
    for facts, later in pairwise([*known, None]):
        assert facts is not None
        first = year_of(facts.at, zone)
        yield facts.at, first, facts
        table = table_at(facts.at)
        if facts.birth_year is None or table is None:
            continue
        for age in table.ages:
            turn = new_year(facts.birth_year + age, zone)
            if turn > facts.at and (later is None or turn < later.at):
                yield turn, facts.birth_year + age, facts


def year_of(at: Millis, zone: Profile) -> int:
    """The local calendar year."""
    return datetime.fromtimestamp(zone.day_of(at) * 86_400, UTC).year


def new_year(year: int, zone: Profile) -> Millis:
    """When a local year begins."""
    return zone.midnight(to_millis(datetime(year, 1, 1, tzinfo=UTC)) // 86_400_000)


def with_tiers(profiles: tuple[Profile, ...], entries: Sequence[TierEntry]) -> tuple[Profile, ...]:
    """The profiles, each with the tier of its time; the first entry also holds for everything before it."""
    if not entries:
        return profiles
    moments = sorted({profile.valid_from for profile in profiles} | {entry.since for entry in entries[1:]})
    return tuple(_at(moment, profiles, entries) for moment in moments)


def _at(moment: Millis, profiles: tuple[Profile, ...], entries: Sequence[TierEntry]) -> Profile:
    mine = [profile for profile in profiles if profile.valid_from <= moment][-1:] or profiles[:1]
    entry = ([one for one in entries if one.since <= moment] or entries[:1])[-1]
    return structs.replace(
        mine[0], valid_from=moment, tier=entry.tier, tier_by_table=entry.ours, tier_stale_since=entry.stale_since
    )
