"""When do referrals of a resident stand still (D31)? What changes, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterable

from alerts.referrals.course import Referral, Turn
from detectors.detector import Severity
from detectors.referral import STALLED
from detectors.state import DUE, Change


def stalls(found: Iterable[Referral], rule: str, severity: Severity) -> list[Change]:
    """From when on one of a resident's referrals stands still, why, and from when on none does any more."""
    turns = sorted(((turn.at, one.code, turn) for one in found for turn in one.turns), key=lambda each: each[:2])
    standing: dict[str, Turn] = {}
    changes: list[Change] = []
    for at, code, turn in turns:
        was_standing = bool(standing)
        standing.pop(code, None)
        if turn.because is not None:
            standing[code] = turn
        if not standing and not was_standing:
            continue
        last = next(reversed(standing.values()), None)
        key = (at, DUE, rule)
        if changes and changes[-1].key == key:
            changes.pop()
        if last is None or last.because is None:
            changes.append(Change(key, STALLED, (), rule, "absent"))
        else:
            changes.append(Change(key, STALLED, ((rule, severity),), rule, last.because, last.facts))
    return changes
