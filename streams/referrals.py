"""What becomes of referrals while nobody says anything: clocks run out, the next hospital is asked, people are told.

Steps of events are settled in the transaction that stores them; whatever is
due is settled here, by any worker, up to where its facility was looked at:
steps that wait unread in a partition are no delay of the hospital.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import count
from typing import Final

from alerts.reconcile import folded_since, reconcile
from alerts.referrals.stalling import stalls
from alerts.referring import Scene, over, referral_of, settle
from detectors.detector import Severity
from detectors.referral import STALLED, ReferralStalled
from detectors.rules import Rule
from detectors.state import BEFORE_ALL
from detectors.times import NEVER, Millis
from store import episodes, referrals, registry, rules
from store.connection import Connection, transaction
from store.referrals import DueReferral, ReferralRow
from streams.archive import Archive, stored_of
from streams.homes import Home
from streams.judging import Judged, judge
from streams.transaction import Transactions, Work

AT_ONCE: Final = 50


class Referrals:
    """Takes its turn within the sweep."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def run(self, connection: Connection, looked: Mapping[int, Millis]) -> int:
        """Some referrals that are due have been looked at; how many. `looked` is how far, per partition."""
        reachable = {partition: until for partition, until in looked.items() if until > 0}
        if not reachable:
            return 0
        async with transaction(connection):
            await rules.share(connection)
            found = await referrals.due(connection, list(reachable), list(reachable.values()), AT_ONCE)
            work = []
            by_facility: dict[str, list[DueReferral]] = {}
            for one in found:
                by_facility.setdefault(one.facility, []).append(one)
            facilities = await registry.lock_facilities(connection, by_facility) if by_facility else {}
            for code, mine in by_facility.items():
                home = await self._transactions.home(connection, facilities[code])
                judged = []
                if facilities[code].refold_from is not None:  # what is written here says that it has been
                    again = home.to_judge_again(facilities[code].refold_from)
                    judged += await judge(home, {}, again, home.looked_until, Archive(connection))
                judged += await follow_due(connection, home, [one.code for one in mine], reachable[mine[0].partition])
                work.append(Work(home, judged, mine[0].partition))
            await self._transactions.write(connection, work, "live")
        self._transactions.homes.keep(item.home for item in work)
        return len(found)


async def follow_due(connection: Connection, home: Home, codes: Collection[str], looked: Millis) -> list[Judged]:
    """These referrals of a facility, which is locked, have been followed up to a time; what is to be told of it."""
    scene = Scene(home.id, home.rules)
    settled = await settle(connection, scene, codes, looked)
    ended = await _whose_alert_is_over(connection, home.id, settled.values(), looked)
    if ended:
        await referrals.add_steps(connection, [over(row, looked) for row in ended])
        settled |= await settle(connection, scene, [row.code for row in ended], looked)
    people = {row.resident_id for row in settled.values() if row.resident_id in home.people}
    judged = []
    for resident_id in people:
        mine = [row for row in settled.values() if row.resident_id == resident_id]
        if resident_id is not None and (one := await _stalled(connection, home, resident_id, mine, looked)) is not None:
            judged.append(one)
    return judged


async def _whose_alert_is_over(
    connection: Connection, facility_id: int, rows: Iterable[ReferralRow], looked: Millis
) -> list[ReferralRow]:
    waiting = [row for row in rows if row.stage == "suggested" and row.alert_id is not None and row.began_at < looked]
    wanted = {row.alert_id for row in waiting if row.alert_id is not None}
    known = await referrals.answered_at(connection, facility_id, wanted)
    return [row for row in waiting if row.alert_id in known and known[row.alert_id].is_over]


async def _stalled(
    connection: Connection, home: Home, resident_id: int, rows: list[ReferralRow], looked: Millis
) -> Judged | None:
    """What becomes of the D31 episodes of one resident, given every referral of theirs."""
    rule = _rule(home, min(row.began_at for row in rows))
    stored = [
        stored_of(one)
        for one in await episodes.not_over(connection, home.id, -NEVER, [resident_id])
        if one.episode.condition == STALLED
    ]
    changes = [] if rule is None else stalls(map(referral_of, rows), rule.id, _severity(rule))
    if not changes and not stored:
        return None
    found = reconcile(stored, folded_since(stored, BEFORE_ALL, changes), count(-1, -1).__next__)
    if not found.transitions:
        return None
    return Judged(home.people[resident_id], (looked, 0, ""), False, [], found, [], False, apart=True)


def _rule(home: Home, at: Millis) -> Rule | None:
    """D31 as it is in force where the first of the referrals began; None: nobody is told there."""
    every = home.rules.at(at).rules.rules
    return next((rule for rule in every if isinstance(rule.detector, ReferralStalled)), None)


def _severity(rule: Rule) -> Severity:
    assert isinstance(rule.detector, ReferralStalled)
    return rule.detector.severity
