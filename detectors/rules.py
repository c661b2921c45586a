"""The rule catalogue as data: which detector runs with which parameters, why, and in which words.

Rule files (`streams/rules/*.toml`) are the authoring form; `parse_rules`
reads one. Every entry names its version, its source and its reason, because
every alert must explain itself.
"""

from __future__ import annotations

import tomllib
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct, structs

from detectors.breathing import Tachypnoea
from detectors.cold import Hypothermia
from detectors.detector import Detector
from detectors.devices import DeviceFault
from detectors.early_warning import FullNews2, PartialNews2
from detectors.equipment import NoOximeter, NoOxygenDevice
from detectors.excess import CaseExcess
from detectors.exertion import ExertionalDesaturation
from detectors.fever import RepeatedFever, SingleFever
from detectors.fever_course import FeverAboveUsual, PersistentFever
from detectors.follow_up import FollowUpDue, RecoveryMet
from detectors.heart import PulseOutOfRange
from detectors.measurability import CannotBeMeasured
from detectors.missed_check import MissedCheck
from detectors.next_observation import ObservationDue, ReturnWatch
from detectors.outbreaks import CasesTogether, FirstCase, OutbreakOver
from detectors.oxygen import CriticalHypoxia, LimitNotSet, RestingHypoxia
from detectors.positive_test import PositiveHighRisk, PositiveTest
from detectors.profile import Mode
from detectors.referral import ReferralStalled
from detectors.region_counts import EarsC1OfRegion, EarsC2OfRegion, PositivityOfRegion, PredictedOfRegion
from detectors.relative_oxygen import AmberHypoxia, BaselineDrop, SilentHypoxia
from detectors.signs import SoftSigns
from detectors.silence import FacilitySilent
from detectors.supplied_oxygen import OxygenWithoutRecord
from detectors.testing import SymptomaticUntested, TestOverdue
from detectors.tier_stale import TierStale
from detectors.tiers import TierTable
from detectors.times import HOUR, NEVER, Millis, to_millis
from detectors.trend import TrendDown
from detectors.usual_score import NewsAboveUsual
from detectors.weekly.copies import CopiedReadings
from detectors.weekly.device_values import DeviceValues
from detectors.weekly.hospital import MeasuredInHospital
from detectors.weekly.repeats import ConstantVital, RepeatedTriples
from detectors.weekly.shared import DigitExcess, SharedValues
from detectors.weekly.speed import TooManyAtOnce
from detectors.weekly.staff_tests import StaffTestsOverdue

DETECTORS: Final[dict[str, type[Detector]]] = {
    "resting_hypoxia": RestingHypoxia,
    "critical_hypoxia": CriticalHypoxia,
    "amber_hypoxia": AmberHypoxia,
    "baseline_drop": BaselineDrop,
    "silent_hypoxia": SilentHypoxia,
    "exertional_desaturation": ExertionalDesaturation,
    "trend_down": TrendDown,
    "tachypnoea": Tachypnoea,
    "limit_not_set": LimitNotSet,
    "cannot_be_measured": CannotBeMeasured,
    "full_news2": FullNews2,
    "partial_news2": PartialNews2,
    "news_above_usual": NewsAboveUsual,
    "single_fever": SingleFever,
    "repeated_fever": RepeatedFever,
    "fever_above_usual": FeverAboveUsual,
    "persistent_fever": PersistentFever,
    "hypothermia": Hypothermia,
    "pulse_out_of_range": PulseOutOfRange,
    "soft_signs": SoftSigns,
    "positive_test": PositiveTest,
    "positive_high_risk": PositiveHighRisk,
    "follow_up_due": FollowUpDue,
    "symptomatic_untested": SymptomaticUntested,
    "test_overdue": TestOverdue,
    "missed_check": MissedCheck,
    "facility_silent": FacilitySilent,
    "device_fault": DeviceFault,
    "oxygen_without_record": OxygenWithoutRecord,
    "recovery_met": RecoveryMet,
    "return_watch": ReturnWatch,
    "observation_due": ObservationDue,
    "tier_stale": TierStale,
    "first_case": FirstCase,
    "cases_together": CasesTogether,
    "case_excess": CaseExcess,
    "outbreak_over": OutbreakOver,
    "no_oximeter": NoOximeter,
    "no_oxygen_device": NoOxygenDevice,
    "staff_tests_overdue": StaffTestsOverdue,
    "device_values": DeviceValues,
    "repeated_triples": RepeatedTriples,
    "constant_vital": ConstantVital,
    "shared_values": SharedValues,
    "digit_excess": DigitExcess,
    "too_many_at_once": TooManyAtOnce,
    "measured_in_hospital": MeasuredInHospital,
    "copied_readings": CopiedReadings,
    "region_ears_c1": EarsC1OfRegion,
    "region_ears_c2": EarsC2OfRegion,
    "region_predicted": PredictedOfRegion,
    "region_positivity": PositivityOfRegion,
    "referral_stalled": ReferralStalled,
}
"""The names rule files use."""


class RulesError(ValueError):
    """A rule file cannot be used; the message names the rule and the remedy."""


class Text(Struct, frozen=True):
    """A sentence in Chinese and English; not translated, it is read in Chinese."""

    zh: str
    en: str = ""

    def filled(self, zh: dict[str, str], en: dict[str, str]) -> Text:
        """With its {names} replaced; raises KeyError for one that is missing."""
        chinese = self.zh.format_map(zh)
        return Text(chinese, self.en.format_map(en) or chinese)


class Rule(Struct, frozen=True):
    """One entry: a detector with its parameters, the condition it feeds, and its provenance."""

    id: str  # D01, the catalogue's number
    condition: str  # several rules may feed one condition
    name: Text
    version: str
    source: str  # where the numbers come from
    why: str
    owner: str
    detector: Detector
    reasons: dict[str, Text]  # by the detector's `because`
    modes: tuple[Mode, ...] | None = None  # None: in every mode
    lapses_after: Millis | None = 72 * HOUR  # without an element it can judge; None: never, a rule about silence
    valid_from: Millis = -NEVER  # it judges what was observed from here on
    valid_to: Millis = NEVER  # and before here

    def is_valid_at(self, when: Millis) -> bool:
        """It judges what is observed at a moment."""
        return self.valid_from <= when < self.valid_to


class RuleSet(Struct, frozen=True):
    """The rules in force somewhere, in the order of their ids, and the sentences they share."""

    version: str
    rules: tuple[Rule, ...]
    texts: dict[str, Text]  # cleared, lapsed, eased ...: what happened, whatever the rule
    tiers: TierTable | None = None  # None: residents are given no tier

    def __getitem__(self, rule_id: str) -> Rule:
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    @property
    def edges(self) -> list[Millis]:
        """The moments at which the validity of a rule begins or ends."""
        ends = {end for rule in self.rules for end in (rule.valid_from, rule.valid_to)}
        return sorted(ends - {-NEVER, NEVER})

    def valid_at(self, when: Millis) -> RuleSet:
        """Only the rules that are valid at a moment."""
        rules = tuple(rule for rule in self.rules if rule.is_valid_at(when))
        return self if rules == self.rules else structs.replace(self, rules=rules)


Instant = Annotated[datetime, Meta(tz=True)]
"""A time with its offset, as a rule file writes it: 2026-12-01T00:00:00+08:00."""


class RuleEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as its file writes it."""

    id: str
    condition: str
    detector: str
    name: Text
    version: str
    source: str
    why: str
    owner: str
    reasons: dict[str, Text]
    parameters: dict[str, Any] = {}
    modes: tuple[Mode, ...] | None = None
    lapses_after_hours: Annotated[int, Meta(ge=0)] = 72  # 0: never
    valid_from: Instant | None = None  # None: as long as the set is in force
    valid_to: Instant | None = None


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    rule: list[RuleEntry] = []
    texts: dict[str, Text] = {}
    tiers: TierTable | None = None


def parse_rules(toml: str) -> RuleSet:
    """The rule set of one file; raises RulesError with the rule at fault and what to mend."""
    try:
        file = msgspec.convert(tomllib.loads(toml), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RulesError(f"the rule file cannot be read: {error}") from error
    rules = sorted((rule_of(entry) for entry in file.rule), key=lambda rule: rule.id)
    for one, other in pairwise(rules):
        if one.id == other.id:
            raise RulesError(f"rule {one.id} appears twice; keep one")
    return RuleSet(file.version, tuple(rules), file.texts, file.tiers)


def rule_of(entry: RuleEntry) -> Rule:
    """The rule of an entry; raises RulesError with what to mend."""
    if entry.detector not in DETECTORS:
        raise RulesError(f"rule {entry.id}: no detector is called {entry.detector!r}; one of {', '.join(DETECTORS)}")
    detector = configured(entry.id, DETECTORS[entry.detector], entry.parameters)
    return Rule(
        id=entry.id,
        condition=entry.condition,
        name=entry.name,
        version=entry.version,
        source=entry.source,
        why=entry.why,
        owner=entry.owner,
        detector=detector,
        reasons=entry.reasons,
        modes=entry.modes,
        lapses_after=entry.lapses_after_hours * HOUR or None,
        valid_from=-NEVER if entry.valid_from is None else to_millis(entry.valid_from),
        valid_to=NEVER if entry.valid_to is None else to_millis(entry.valid_to),
    )


def configured(rule_id: str, kind: type[Detector], parameters: dict[str, Any]) -> Detector:
    """The detector with these parameters; raises RulesError with what to mend."""
    parameters = kind.renewed(parameters)
    unknown = set(parameters) - set(kind.__struct_fields__)
    if unknown:
        name = next(name for name, one in DETECTORS.items() if one is kind)
        known = ", ".join(kind.__struct_fields__)
        raise RulesError(f"rule {rule_id}: {', '.join(sorted(unknown))} is no parameter of {name} ({known})")
    try:
        return msgspec.convert(_severities(parameters), kind)
    except msgspec.ValidationError as error:
        raise RulesError(f"rule {rule_id}: {error}") from error


def _severities(parameters: dict[str, Any]) -> dict[str, Any]:
    """Severities are written as people say them: "P1"."""
    codes = {"P1": 1, "P2": 2, "P3": 3, "C": 4}
    return {
        name: codes.get(value, value) if name.endswith("severity") and isinstance(value, str) else value
        for name, value in parameters.items()
    }
