"""What a detector is: parameters, and one pure question to a resident's history.

`judge` answers Present, Absent, or None: in the band between, keep what
stands. `applies` is asked first: what was not measured is not judged and
renews nothing. A detector keeps no memory of its own; confirmation is a
question to the history, and a due time is asked for with `asks`.
"""

from __future__ import annotations

from abc import ABCMeta
from enum import IntEnum
from functools import lru_cache
from typing import Any, ClassVar, Final

from msgspec import Struct, StructMeta

from detectors.history import History
from detectors.observations import (
    Case,
    CheckIn,
    Contact,
    Element,
    Equipment,
    Outage,
    Reading,
    ReportedDay,
    TestResult,
    Visit,
)
from detectors.profile import Profile
from detectors.times import NEVER, Millis


class Severity(IntEnum):
    """How soon somebody must act; smaller is worse."""

    P1 = 1  # refer now
    P2 = 2  # urgent
    P3 = 3  # watch
    C = 4  # compliance: advisory, never clinical


class Present(Struct, frozen=True, gc=False):
    """Somebody should look: how urgently, on what evidence, and which sentence of the rule says so."""

    severity: Severity
    because: str  # the key of the rule's sentence
    evidence: tuple[Element, ...] = ()  # newest first
    facts: dict[str, str] = {}  # what the sentence mentions, ready to print


class Absent(Struct, frozen=True, gc=False):
    """What the rule watches for is not there."""


ABSENT: Final = Absent()


class Question(Struct, frozen=True, order=True, gc=False, array_like=True):
    """A due time that an element asked for, and forgets when it is answered."""

    due: Millis
    rule: str
    cause_id: str
    cause_at: Millis


Baseline = tuple[int | None, int | None]
"""The usual (SpO2, temperature) of a day, in tenths."""

Says = dict[str, tuple[str, ...]]
"""Key of a sentence -> the facts that it may mention, beside the evidence."""

Ascending = tuple[tuple[str, ...], ...]
"""Parameters of which each must be smaller than the next: what ends an episode lies beyond what opens it."""

Band = dict[str, tuple[int, int]]
"""Vital -> the smallest and greatest value at which a rule surely has nothing to say."""


KINDS: Final = (Reading, CheckIn, TestResult, Visit, Case, ReportedDay, Contact, Outage, Equipment)
"""What timelines are made of."""


class Unfinished(StructMeta, ABCMeta):
    """Of classes that leave a question to their rules: one without the answer cannot be made."""


class Detector(Struct, frozen=True):
    """The parts every detector has; `applies` and `judge` are its own, the rest has a quiet default."""

    says: ClassVar[Says] = {}  # every `because` it can find, with its facts
    inputs: ClassVar[frozenset[str]] = frozenset()  # what it finds, it finds in these of the wire; none: in silence
    needs: ClassVar[frozenset[str]] = frozenset()  # of the wire, without any one of which it can find nothing
    hears: ClassVar[tuple[type, ...]] = KINDS  # it applies to none but these elements
    ascending: ClassVar[Ascending] = ()
    after_hospital: ClassVar[bool] = False  # it watches who was in hospital, whatever the readings say
    kinds: ClassVar[frozenset[str]] = frozenset(
        {"resident"}
    )  # whom it judges: resident, unit, facility; statistics: apart

    @classmethod
    def renewed(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        """Parameters in today's names: a set on record is read for as long as it judges the past."""
        return parameters

    def applies(self, view: History) -> bool:
        """There is something in the newest element that this detector can judge."""
        return view.latest is not None

    def judge(self, view: History) -> Present | Absent | None:
        """What the newest element means in the light of what came before; None keeps what stands."""
        return None

    def asks(self, view: History) -> Millis | None:
        """The due time the newest element asks for: a repeat, a follow-up."""
        return None

    @property
    def asks_once(self) -> bool:
        """While a question of this detector is open, further elements ask no second one."""
        return False

    def answered(self, view: History, question: Question) -> bool:
        """The newest element answers the question, so that its due time may be forgotten."""
        return False

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        """The due time came; `question` is None for a time of the calendar. It may raise, never ease."""
        return None

    def next_due(self, profile: Profile, after: Millis) -> Millis:
        """The next due time of the calendar later than `after`; NEVER: it has none."""
        return NEVER

    @classmethod
    def hears_of(cls, kind: type) -> bool:
        """It may apply to elements of this kind."""
        return kind in cls.hears

    @property
    def is_clocked(self) -> bool:
        """It has due times of the calendar."""
        return type(self).next_due is not Detector.next_due

    @property
    def afterglow(self) -> Millis:
        """How long after a reading outside its quiet band one inside may still find something, by completing a set."""
        return 0

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        """Where each vital must lie for this detector to have nothing to say, whatever came before."""
        return {}


@lru_cache(maxsize=1_024)
def tenths(value: float) -> int:
    """A limit as a rule file writes it, in the unit of the readings.

    >>> tenths(37.3)
    373
    """
    return round(value * 10)


@lru_cache(maxsize=4_096)
def printed(value_in_tenths: int) -> str:
    """A value in tenths as people read it.

    >>> printed(930), printed(934)
    ('93', '93.4')
    """
    whole, rest = divmod(value_in_tenths, 10)
    return f"{whole}.{rest}" if rest else str(whole)
