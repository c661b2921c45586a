"""What the page of a referral shows: where it stands, who it is, the last three days, and one number to ring."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, get_args

from msgspec import Struct

from alerts.referrals.course import Referral
from alerts.referrals.sbar import Clock, Finding, Handover, measured, oxygen_given
from alerts.referrals.words import ANSWERS, STALLS, STEPS, UNKNOWN, VACCINATIONS, WHERE, conditions
from alerts.referring import referral_of
from dashboards.console.places import KEPT
from dashboards.console.plot import plot
from dashboards.console.users import Role, User
from dashboards.console.words import Words
from detectors.oxygen import RestingHypoxia
from detectors.referral import STALLED, StepKind
from detectors.times import HOUR, MINUTE, Millis
from store import alerts, interventions, patients, profiles, referrals
from store.connection import Connection
from store.console import Seen
from store.patients import Hospital, Patient, Vitals
from store.referrals import ReferralRow
from streams.catalogue import in_force

BEFORE: Final[Millis] = 72 * HOUR
LATE: Final[Millis] = 5 * MINUTE
"""A step that was recorded so long after it happened says so."""

NEWEST: Final = 8
HOSPITAL_STEPS: Final[tuple[StepKind, ...]] = ("accepted", "declined", "arrived", "admitted", "returned", "died")
EVERY_STEP: Final[tuple[StepKind, ...]] = tuple(one for one in get_args(StepKind) if one != "suggested")
WANTS_REASON: Final = frozenset(
    ("declined", "treated_in_place", "transfer_refused", "no_bed", "called_120", "died", "cancelled")
)


class Number(Struct, frozen=True):
    """Whom to ring."""

    name: str
    number: str

    @property
    def link(self) -> str:
        """`tel:` and digits."""
        return "tel:" + re.sub(r"[^0-9+]", "", self.number)


class Line(Struct, frozen=True):
    """A referral in a list; who it is stands on its own page only."""

    id: int
    code: str
    facility: str
    zone: str
    referral: Referral


def steps_for(user: User) -> tuple[StepKind, ...]:
    """What this user may say: a hospital speaks of what happens with it."""
    return HOSPITAL_STEPS if user.role is Role.HOSPITAL else EVERY_STEP


async def lines(connection: Connection, user: User, now: Millis) -> list[Line]:
    """The referrals this user follows, what is due first, first."""
    if user.role is Role.HOSPITAL:
        return await _lines(connection, await referrals.of_hospital(connection, user.scope.hospital or "", now - KEPT))
    return await lines_of(connection, user.seen, now)


async def lines_of(connection: Connection, seen: Seen, now: Millis) -> list[Line]:
    """The referrals of some homes."""
    return await _lines(connection, await referrals.of_homes(connection, seen, now - KEPT))


async def _lines(connection: Connection, rows: Sequence[ReferralRow]) -> list[Line]:
    names = await patients.homes(connection, {row.facility_id for row in rows})
    return [Line(row.id, row.code, *names[row.facility_id], referral_of(row)) for row in rows]


async def handover(connection: Connection, row: ReferralRow, now: Millis) -> Handover | None:
    """What the text and the page rest on; None: nobody said whose referral it is."""
    who = None if row.resident_id is None else await patients.patient(connection, row.resident_id)
    if who is None:
        return None
    found = referral_of(row)
    until = now if row.ended_at is None else min(now, row.ended_at)
    values = await patients.vitals(connection, who.facility_id, who.resident_id, until - BEFORE, until)
    standing = [
        Finding(one.condition, one.severity, one.rule, one.reason_zh, one.reason_en, one.opened_at)
        for one in await alerts.open_of(connection, who.resident_id)
        if one.condition != STALLED
    ]
    done = [] if row.alert_id is None else await interventions.of_alert(connection, row.alert_id)
    name = dict(row.plan).get(found.hospital or "", found.hospital or "")
    return Handover(who, found, values, standing, done, name)


async def referral_values(
    connection: Connection, row: ReferralRow, user: User, now: Millis, w: Words
) -> dict[str, Any]:
    """What the page shows."""
    given = await handover(connection, row, now)
    found = referral_of(row)
    hospital = None if found.hospital is None else await patients.hospital(connection, found.hospital)
    steps = await referrals.steps_of(connection, row.facility_id, [row.code])
    until = now if row.ended_at is None else min(now, row.ended_at)
    values: dict[str, Any] = {
        "row": row,
        "r": found,
        "steps": steps,
        "late": LATE,
        "can_say": [(one, w.of(STEPS, one)) for one in steps_for(user)],
        "names": dict(row.plan),
        "STEPS": STEPS,
        "ANSWERS": ANSWERS,
        "STALLS": STALLS,
        "WHERE": WHERE,
        "ring": None,
        "patient": None,
    }
    if given is not None:
        values |= {"ring": number_for(user, given.patient, hospital)}
        limit = await limit_of(connection, given.patient, until)
        values |= patient_values(given.patient, given.vitals, given, limit, until, w)
    return values


async def limit_of(connection: Connection, who: Patient, at: Millis) -> float | None:
    """At or below what the rule of resting oxygen (D01) calls this resident low, in percent."""
    known = await profiles.profiles_of(connection, who.facility_id)
    rules = await in_force(connection, who.region)
    profile = known.of(who.resident_id)[-1]
    every = (rule.detector for rule in rules.at(at).rules.rules)
    found = next((one for one in every if isinstance(one, RestingHypoxia)), None)
    return None if found is None else found.limit(profile) / 10


def patient_values(
    who: Patient, vitals: Sequence[Vitals], given: Handover | None, limit: float | None, until: Millis, w: Words
) -> dict[str, Any]:
    """What a doctor must know of the resident."""
    index, clock = 1 if w.language == "en" else 0, Clock(who.zone)
    unknown = UNKNOWN[index]
    done = [] if given is None else given.interventions
    age = None if who.birth_year is None else int(clock.year(until)) - who.birth_year
    facts = [
        (w("年龄", "Age"), unknown if age is None else f"{age}"),
        (w("基础疾病", "Conditions"), conditions(who.conditions, index)),
        (w("用药情况", "Medicines"), who.medicines or unknown),
        (w("过敏史", "Allergies"), who.allergies or unknown),
        (w("疫苗接种", "Vaccination"), VACCINATIONS.get(who.vaccination or "", UNKNOWN)[index]),
        (w("分级", "Tier"), w.tier(who.tier)),
        (w("本人平时血氧", "Usual oxygen saturation"), w.tenths(who.usual_spo2_tenths, "%") or unknown),
        (w("本人平时脉搏", "Usual pulse"), unknown if who.usual_pulse is None else f"{who.usual_pulse}"),
        (w("本人平时体温", "Usual temperature"), w.tenths(who.usual_temperature_tenths, "°C") or unknown),
        (w("血氧评分表", "SpO2 scale"), w(*_SCALES[who.spo2_scale])),
        (w("吸氧", "Oxygen given"), oxygen_given(vitals, done, clock, index)),
    ]
    return {
        "patient": who,
        "facts": facts,
        "done": done,
        "newest": [(one.at, measured(one, index)) for one in reversed(vitals[-NEWEST:])],
        "plots": _plots(who, vitals, limit, until, w),
        "findings": [] if given is None else given.findings,
    }


def number_for(user: User, who: Patient, hospital: Hospital | None) -> Number | None:
    """The one number: the hospital's for the home, the home's for everybody else."""
    if user.role is Role.FACILITY and hospital is not None:
        number = hospital.green_channel or _first(hospital.phones)
        return Number(hospital.name, number) if number else None
    number = _first(who.phones)
    return Number(who.facility_name, number) if number else None


def _first(phones: str) -> str:
    return next(iter(phones.replace(";", " ").split()), "")


_SCALES: Final = {
    1: ("1（目标96%以上）", "1 (target 96 % and more)"),
    2: ("2（目标88-92%）", "2 (target 88-92 %)"),
}


def _plots(
    who: Patient, vitals: Sequence[Vitals], limit: float | None, until: Millis, w: Words
) -> list[tuple[str, str]]:
    since = until - BEFORE
    spo2 = [(one.at, one.spo2_tenths / 10, False) for one in vitals if one.spo2_tenths is not None]
    heat = [(one.at, one.temperature_tenths / 10, False) for one in vitals if one.temperature_tenths is not None]
    pulse = [(one.at, float(one.pulse_per_min), False) for one in vitals if one.pulse_per_min is not None]
    drawn = [
        (name := w("血氧（72小时）", "Oxygen saturation, 72 h"), plot(name, spo2, since, until, who.zone, "%", limit)),
        (name := w("脉搏（72小时）", "Pulse, 72 h"), plot(name, pulse, since, until, who.zone, "", None)),
        (name := w("体温（72小时）", "Temperature, 72 h"), plot(name, heat, since, until, who.zone, "°C", None)),
    ]
    return [(name, svg) for name, svg in drawn if svg]
