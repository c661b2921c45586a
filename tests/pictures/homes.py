"""Homes that live through a month: one province is worse, some homes are late or silent, one outage is ours.

Everything is invented, and no region's numbers say anything about the region. A
home stands in every county, and a dozen in the county of the facility's board.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from store.dictionary import FIGURES
from tests.bench.figures import counties

COUNTY: Final = "510107"
FACILITY: Final = "510107-03"
TODAY: Final = 37  # the number of the last day in the formulas below
_WORSE: Final = "51"
_NAMED: Final = ("第一社会福利中心", "康宁护理院", "幸福敬老院", "松鹤养老院", "金秋养老服务中心", "颐和老年公寓")
_NAMED_2: Final = ("仁爱护理院", "长青敬老院", "福寿养老院", "安康养老院", "望江老年公寓", "桂溪养老院")


class Homes:
    """Homes that live through a month, part by part; what stays is kept in between."""

    def __init__(self) -> None:
        self.chance = np.random.default_rng(2026)
        places = [(code, parent, 12 if code == COUNTY else 1) for code, parent in counties()]
        self.regions = [code for code, _, many in places for _ in range(many)]
        self.parents = [parent for _, parent, many in places for _ in range(many)]
        self.codes = [f"{code}-{n:02d}" for code, _, many in places for n in range(1, many + 1)]
        self.names = [(_NAMED + _NAMED_2)[(n + len(code)) % 12] for n, code in enumerate(self.codes)]
        count = len(self.codes)
        draw = self.chance
        self.residents = draw.integers(35, 170, count)
        self.rural = draw.random(count) < 0.4
        self.worse = np.array([code.startswith(_WORSE) for code in self.codes])
        provinces = {code[:2]: draw.uniform(0.3, 1.6) for code in self.codes}
        careless = {code[:2]: draw.uniform(0.01, 0.13) for code in self.codes}
        lax = np.array([careless[code[:2]] for code in self.codes])
        cities = {code[:4]: draw.lognormal(0, 0.5) for code in sorted(set(self.codes))}
        self.burden = np.array([provinces[code[:2]] * cities[code[:4]] for code in self.codes])
        self.passed = np.array([code[:2] in ("44", "42", "33") for code in self.codes])  # a wave that is over
        self.diligence = np.clip(draw.normal(1, 0.03, count) - lax - 0.03 * self.rural - 0.05 * self.worse, 0.55, 0.995)
        silent = draw.random(count) < np.where(self.worse, 0.3, 0.06)
        begins = np.where(self.worse, draw.integers(24, TODAY, count), draw.integers(4, TODAY, count))
        self.silent_from = np.where(silent, begins, TODAY + 9)
        self.silent_days = draw.integers(1, 9, count)
        self.leaves_blank = draw.random(count) < np.where(self.rural, 0.14, 0.04)
        self.alerts, self.clusters, self.in_hospital, self.referrals = (np.zeros(count) for _ in range(4))
        self.difficulties = draw.poisson(0.05, count).astype(float)
        self.reported: dict[str, Any] = {}

    def heat(self, day: float) -> Any:
        """New infections a day of 1,000 residents."""
        rising = np.where(self.worse, 11 / (1 + np.exp(-(day - 31) / 2.4)), 0.9 / (1 + np.exp(-(day - 34) / 4)))
        over = np.where(self.passed, 2.6 * np.exp(-(((day - 14) / 6) ** 2)), 0)
        return self.burden * (0.12 + rising + over)

    def part(self, day: int, part: int) -> dict[str, Any]:
        """What this part of a day says of each home: 17 hours, or the rest."""
        is_silent = (self.silent_from <= day) & (day < self.silent_from + self.silent_days)
        unwatched = self.passed & (self.chance.random(len(self.codes)) < 0.3) & (day == 21) & (part == 1)
        heard = ~is_silent & ~unwatched
        said = {
            "facilities": 1,
            "heard": heard,
            "silent": is_silent & ~unwatched,
            "unwatched": unwatched,
            **self._checked(day, part, heard),
            **self._cases(day, part, heard),
            **self._alerts(day, part),
        }
        if part == 0:
            self.reported = self._reported(day, heard)
            return said | self.reported
        return said | {name: value for name, value in self.reported.items() if FIGURES[name].kind == "stock"}

    def _some(self, mean: Any) -> Any:
        return self.chance.poisson(np.maximum(mean, 0)).astype(float)

    def _of(self, whole: Any, share: Any) -> Any:
        """So many of these."""
        return self.chance.binomial(np.asarray(whole, int), np.clip(share, 0, 1)).astype(float)

    def _checked(self, day: int, part: int, heard: Any) -> dict[str, Any]:
        due = self.residents * (2 if part == 0 else 1)
        tired = np.where(self.worse, 0.05 * np.minimum(self.heat(day) / 5, 2), 0)
        weekend = 0.015 * ((day + 3) % 7 >= 5)
        done = np.where(heard, self._of(due, self.diligence - tired - weekend), 0)
        readings = done + self._some(0.04 * done)
        compared = self._of(readings, 0.82)
        above = self._of(compared, 0.2 + 0.05 * np.minimum(self.heat(day + 6), 7) / 1.6 + 0.006 * (day % 7 == 2))
        return {
            "residents": self.residents,
            "red": 0.22 * self.residents,
            "yellow": 0.5 * self.residents - 1,
            "green": 0.28 * self.residents,
            "untiered": 1 * self.rural,
            "checks_due": due,
            "checks_done": done,
            **{
                name: np.where(heard, value, np.nan)
                for name, value in {
                    "readings": readings,
                    "check_ins": self._of(self.residents, 0.9),
                    "held": self._of(readings, 0.008 + 0.004 * self.rural),
                    "quarantined": self._of(readings, 0.002 + 0.006 * self.leaves_blank),
                    "late": self._of(readings, 0.01 + 0.05 * self.rural * (day % 9 in (4, 5)) + 0.03 * self.worse),
                    "readings_compared": compared,
                    "readings_above": above,
                }.items()
            },
        }

    def _cases(self, day: int, part: int, heard: Any) -> dict[str, Any]:
        share = (0.8, 0.2)[part]
        people = self.residents * share / 1_000
        tests = self._some(people * (60 + 12 * np.minimum(self.heat(day), 6)))
        positives = np.minimum(self._some(people * self.heat(day)), tests)
        found = self._some(0.012 * share * np.maximum(self.heat(day) - 1.5, 0))
        closed = self._of(self.clusters, 0.16)
        self.clusters += found - closed
        sick = self._some(people * self.heat(day - 5) * 0.12 + 0.0015 * self.residents * share)
        self.in_hospital += sick - self._of(self.in_hospital, 0.07)
        hours = 3_600 * (1 + np.minimum(self.heat(day), 8) / 6)
        return {
            **{
                name: np.where(heard, value, np.nan)
                for name, value in {
                    "tests": tests,
                    "tests_antigen": self._of(tests, 0.8),
                    "tests_positive": positives + self._of(positives, 0.3),
                    "positives": positives,
                    "positives_staff": self._some(people / 4 * self.heat(day + 2)),
                    "positives_reported": self._some(people * self.heat(day - 2)),
                    "symptomatic": self._some(people * (1.2 * self.heat(day + 3) + 0.3)),
                    "hospitalised": sick,
                    "deaths": self._some(people * (0.06 + 0.02 * self.heat(day - 9))),
                }.items()
            },
            "clusters_found": found,
            "clusters_open": self.clusters,
            "in_hospital": self.in_hospital,
            **self._took("events_verified", found, 2 * hours),
            **self._took("events_acted", found, 4.5 * hours),
            **self._took("events_told", self._of(found, 0.9), 3 * hours),
            **self._took("events_closed", closed, 60 * hours),
        }

    def _took(self, step: str, many: Any, seconds: Any) -> dict[str, Any]:
        return {step: many, f"{step}_seconds": many * seconds * self.chance.uniform(0.8, 1.2, len(self.codes))}

    def _alerts(self, day: int, part: int) -> dict[str, Any]:
        share = (0.7, 0.3)[part]
        heat = np.minimum(self.heat(day), 12)
        people = self.residents * share / 1_000
        urgent, watch = self._some(people * (0.5 + 0.5 * heat)), self._some(people * (2 + 1.1 * heat))
        called = urgent + watch
        load = 1 + 0.09 * heat * self.worse + 0.25 * self.rural + 0.2 * (part == 1)
        steps: dict[str, Any] = {}
        for step, reached, on_time, minutes in (
            ("told", 0.995, 0.99, 0.4),
            ("acknowledged", 0.97, 0.95, 4.5),
            ("accepted", 0.95, 0.92, 14),
        ):
            many = self._of(called, reached)
            steps |= self._took(step, many, 60 * minutes * load)
            steps[f"{step}_in_time"] = self._of(many, on_time - 0.06 * (load - 1))
        intervened, referred = self._of(called, 0.9), self._of(urgent, 0.6)
        assessed = self._of(called, 0.62)
        requested = self._of(urgent, 0.55)
        admitted = self._of(requested, 0.92 - 0.02 * heat * self.worse)
        self.alerts += called - self._of(self.alerts + called, 0.62 / load)
        self.referrals += requested - self._of(self.referrals + requested, 0.5)
        return {
            "alerts_p1": urgent,
            "alerts_p2": watch,
            "alerts_p3": self._some(people * (5 + 1.5 * heat)),
            "alerts_c": self._some(people * 4),
            "alerts_open": self.alerts,
            **steps,
            **self._took("recognised", called, 75),
            **self._took("intervened", intervened, 60 * 24 * load),
            **self._took("referred", referred, 60 * 55 * load),
            "assessed": assessed,
            "nonactionable": self._of(assessed, 0.2 - 0.008 * heat + 0.08 * self.rural),
            "false_alarms": self._of(assessed, 0.07),
            "referrals_suggested": urgent,
            "referrals_requested": requested,
            "referrals_admitted": admitted,
            "referrals_no_bed": self._of(requested - admitted, 0.5),
            "referrals_open": self.referrals,
            "bed_reached": admitted,
            "bed_seconds": admitted * 60 * 95 * load * self.chance.uniform(0.7, 1.3, len(self.codes)),
            "to_verify": self.chance.random(len(self.codes)) < 0.004,
        }

    def _reported(self, day: int, heard: Any) -> dict[str, Any]:
        """The report of a day, due before the cut-off."""
        given = heard & (self.chance.random(len(self.codes)) < self.diligence + 0.02)
        short = self.chance.random(len(self.codes)) < 0.01 + 0.02 * np.minimum(self.heat(day), 8)
        self.difficulties += self._some(0.01 + 0.01 * self.heat(day)) - self._of(self.difficulties, 0.2)

        def told(value: Any, blank: float = 0.01) -> Any:
            left = self.chance.random(len(self.codes)) < blank + 0.5 * self.leaves_blank * (blank > 0.02)
            return np.where(given & ~left, value, np.nan)

        away = 1 - 0.02 * np.minimum(self.heat(day + 2), 12)
        return {
            "reports_due": 1,
            "reports_given": given,
            "reports_zero": given & (self.heat(day) < 0.3),
            "reports_late": given & (self.chance.random(len(self.codes)) < 0.04),
            "reports_missing": ~given,
            "reports_unwatched": 0,
            "occupants": told(self.residents),
            "beds": told(1.22 * self.residents, 0.03),
            "staff_on_duty": told(self.residents / 4 * away),
            "oximeters": told(1 + self.residents / 14, 0.04),
            "oxygen_devices": told(1 + self.residents / 30, 0.06),
            "antiviral_short": told(short),
            "antipyretic_short": told(short & self.rural),
            "operating_open": told(1),
            "difficulties_open": self.difficulties,
        }
