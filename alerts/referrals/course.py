"""The course of a referral: its steps in the order in which they happened, and the clocks that ran out between them.

What a step means depends on when it happened, never on when it was recorded:
any order of arrival gives the same referral. A stage that was skipped is not
missed, and one that is recorded late was in time if it happened in time. The
paired hospital is asked first, the next one on decline or when the clock runs
out; whoever was asked may still accept until another has.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, get_args

from msgspec import Struct

from detectors.referral import ReferralStalled, StepKind
from detectors.times import MINUTE, Millis
from store.referrals import Plan, StepRow

Stage = Literal["suggested", "requested", "accepted", "declined", "departed", "arrived", "admitted", "closed"]
Answer = Literal["waiting", "accepted", "declined", "timed_out", "passed_over"]

_ORDER: Final = ("suggested", "requested", "accepted", "departed", "arrived", "admitted")
_RANKS: Final = {step: number for number, step in enumerate(get_args(StepKind))}
"""Of steps of one moment the earlier stage comes first."""

_ON_THE_WAY: Final = ("accepted", "departed", "arrived", "admitted")
ENDINGS: Final[frozenset[StepKind]] = frozenset(
    (
        "returned",
        "treated_in_place",
        "transfer_refused",
        "no_bed",
        "called_120",
        "died",
        "cancelled",
        "closed",
    )
)


class Asked(Struct, frozen=True):
    """A hospital that was asked, and what it answered."""

    hospital: str
    at: Millis
    answer: Answer = "waiting"
    answered_at: Millis | None = None
    reason: str | None = None
    by_clock: bool = False  # nobody asked it by hand: it was the next


class Ending(Struct, frozen=True):
    """How it ended."""

    at: Millis
    outcome: str  # of the glossary; `admitted` where a bed was reached and nothing else was said
    actor: str | None = None
    reason: str | None = None
    where: Literal["in_facility", "on_the_way", "in_hospital"] | None = None  # of a death


class Turn(Struct, frozen=True):
    """From here on it is stalled, for another reason than before; `because` None: it is not any more."""

    at: Millis
    because: str | None
    facts: dict[str, str] = {}


class Referral(Struct, frozen=True):
    """Where a referral stands."""

    code: str
    stage: Stage
    began: Millis
    hospital: str | None = None  # that is asked, or has accepted
    asked: tuple[Asked, ...] = ()
    times: dict[str, Millis] = {}  # of each stage that was reached, the first
    ending: Ending | None = None
    due: Millis | None = None  # when the present clock runs out
    turns: tuple[Turn, ...] = ()
    bed: str | None = None
    transport: str | None = None

    @property
    def seen_by(self) -> tuple[str, ...]:
        """The hospitals that need to know who it is: the one that is asked or has accepted, and whoever may still."""
        waits = self.stage in ("requested", "declined")
        late = {one.hospital for one in self.asked if waits and one.answer == "timed_out"}
        return tuple(sorted(late | ({self.hospital} if self.hospital and self.stage != "declined" else set())))

    @property
    def is_stalled(self) -> bool:
        """Its clock ran out, and nothing has happened since."""
        return bool(self.turns) and self.turns[-1].because is not None


def follow(
    code: str,
    steps: Iterable[StepRow],
    plan: Plan,
    clock: ReferralStalled,
    until: Millis,
    answered: Millis | None = None,
) -> Referral:
    """Where a referral stands, its clocks having run up to `until`; there is at least one step.

    `answered` is when somebody first answered the alert that suggests it, or
    when it was suggested by hand: until then the alert itself is told to
    everybody, and no clock runs.
    """
    course = _Course(code, plan, clock, answered)
    for step in sorted(steps, key=lambda one: (one.at, _RANKS[one.step], one.id)):
        course.pass_time(step.at - 1)  # a step in the moment in which a clock runs out is in time
        course.take(step)
    course.pass_time(until)
    return course.result()


class _Course:
    """What is known of a referral on the way through its steps."""

    def __init__(self, code: str, plan: Plan, clock: ReferralStalled, answered: Millis | None) -> None:
        self.code = code
        self.plan = plan
        self.names = dict(plan)
        self.clock = clock
        self.answered = answered
        self.stage: Stage = "suggested"
        self.since: Millis = 0
        self.began: Millis | None = None
        self.hospital: str | None = None
        self.asked: list[Asked] = []
        self.round = 0  # hospitals asked before this one were asked in a referral that had ended
        self.times: dict[str, Millis] = {}
        self.ending: Ending | None = None
        self.turns: list[Turn] = []
        self.ran_out = False  # the clock of this stage has been told of
        self.bed: str | None = None
        self.transport: str | None = None

    # ------------------------------------------------------------ clocks

    def pass_time(self, until: Millis) -> None:
        while (due := self.due()) is not None and due <= until:
            self._run_out(due)

    def due(self) -> Millis | None:
        allowed = self.clock.allowed(self.stage)
        if self.began is None or self.ending is not None or self.ran_out or allowed is None:
            return None
        if self.stage == "suggested":
            return None if self.answered is None else max(self.since, self.answered) + allowed
        return self.since + allowed

    def _run_out(self, at: Millis) -> None:
        if self.stage == "admitted":
            self.ending = Ending(at, "admitted")
            self.stage = "closed"
            return
        self.ran_out = True
        self._stall(at)
        if self.stage == "requested":
            self._answer(self.hospital or "", "timed_out", at)
            self._ask(self._next(), at, by_clock=True)

    def _stall(self, at: Millis) -> None:
        facts = {"referral": self.code}
        if self.stage != "suggested":
            facts["hospital"] = self.names.get(self.hospital or "", self.hospital or "")
        allowed = self.clock.allowed(self.stage)
        if allowed is not None:
            facts["minutes"] = str(allowed // MINUTE)
        found = self.clock.found(self.stage, facts)
        self.turns.append(Turn(at, found.because, found.facts))

    def _moves(self, at: Millis) -> None:
        if self.turns and self.turns[-1].because is not None:
            self.turns.append(Turn(at, None))

    # ------------------------------------------------------------ steps

    def take(self, step: StepRow) -> None:
        if self.began is None:
            self.began = self.since = step.at
        self.bed, self.transport = step.bed or self.bed, step.transport or self.transport
        self.times.setdefault(step.step, step.at)
        if step.step in ENDINGS:
            self._end(step)
        elif step.step == "requested":
            self._request(step)
        elif step.step == "declined":
            self._decline(step)
        elif step.step != "suggested":
            self._advance(step)

    def _end(self, step: StepRow) -> None:
        if self.ending is not None and step.step == "closed":
            return
        reached = "admitted" in self.times
        outcome = "admitted" if step.step == "closed" and reached else step.step
        where: Literal["in_facility", "on_the_way", "in_hospital"] | None = None
        if step.step == "died":
            in_hospital, left = self.stage in ("arrived", "admitted"), self.stage == "departed"
            where = "in_hospital" if in_hospital or reached else "on_the_way" if left else "in_facility"
        self.ending = Ending(step.at, outcome, step.actor, step.reason, where)
        self.stage = "closed"
        self._moves(step.at)

    def _request(self, step: StepRow) -> None:
        """A hospital is asked by hand: the one named, else the next that nobody has asked; again after an ending."""
        if self.ending is not None:
            self.ending, self.stage, self.round = None, "suggested", len(self.asked)
        waits = self.stage in _ON_THE_WAY or (self.stage == "requested" and not self.ran_out)
        if waits and step.hospital in (None, self.hospital):
            return  # said twice
        if self.hospital is not None and waits:
            self._answer(self.hospital, "passed_over", step.at)
        self._moves(step.at)
        self._ask(step.hospital or self._next(), step.at)

    def _decline(self, step: StepRow) -> None:
        hospital = step.hospital or self.hospital
        if hospital is None:
            return
        self._answer(hospital, "declined", step.at, step.reason)
        if hospital != self.hospital or self.ending is not None or self.stage in ("admitted", "suggested", "declined"):
            return
        following = self._next()
        if following is None:
            self.stage, self.since, self.ran_out = "declined", step.at, True
            self._stall(step.at)
        else:
            self._ask(following, step.at, by_clock=True)

    def _advance(self, step: StepRow) -> None:
        stage: Stage = step.step  # type: ignore[assignment]
        if self.ending is not None:
            return  # its time is on record
        is_before = self.stage in _ON_THE_WAY and _ORDER.index(stage) <= _ORDER.index(self.stage)
        if stage == "accepted":
            hospital = step.hospital or self.hospital
            if hospital is not None:
                self._answer(hospital, "accepted", step.at)
            if is_before and self.hospital is None:
                self.hospital = hospital  # nobody had said which
        if is_before:
            return
        self._leave_waiting(step)
        self.hospital = step.hospital or self.hospital
        self.stage, self.since, self.ran_out = stage, step.at, False
        self._moves(step.at)

    def _leave_waiting(self, step: StepRow) -> None:
        """Whoever was asked and is not the one need not answer any more."""
        chosen = step.hospital or self.hospital
        for one in self.asked:
            if one.answer == "waiting" and one.hospital != chosen:
                self._answer(one.hospital, "passed_over", step.at)

    # ------------------------------------------------------------ hospitals

    def _next(self) -> str | None:
        known = {one.hospital for one in self.asked[self.round :]}
        return next((code for code, _ in self.plan if code not in known), None)

    def _ask(self, hospital: str | None, at: Millis, *, by_clock: bool = False) -> None:
        if hospital is None and by_clock:
            return  # nobody is left: the last one stays asked
        self.times.setdefault("requested", at)
        self.hospital, self.stage, self.since, self.ran_out = hospital, "requested", at, False
        if hospital is not None:
            self.asked.append(Asked(hospital, at, by_clock=by_clock))

    def _answer(self, hospital: str, answer: Answer, at: Millis, reason: str | None = None) -> None:
        for number in range(len(self.asked) - 1, -1, -1):
            one = self.asked[number]
            if one.hospital == hospital:
                if one.answer != "passed_over" or answer != "timed_out":
                    self.asked[number] = Asked(hospital, one.at, answer, at, reason, one.by_clock)
                return
        if answer in ("accepted", "declined"):
            self.asked.append(Asked(hospital, at, answer, at, reason))  # by telephone, without having been asked here

    def result(self) -> Referral:
        assert self.began is not None
        return Referral(
            self.code,
            self.stage,
            self.began,
            self.hospital,
            tuple(self.asked),
            self.times,
            self.ending,
            self.due(),
            tuple(self.turns),
            self.bed,
            self.transport,
        )
