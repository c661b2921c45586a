"""Is a referral stuck (D31)? The clock of each stage; the course of a referral is followed in `alerts/referrals`.

A referral is what people do, so no fold of checks judges it: whoever stores a
step, or finds that a clock ran out, follows the whole referral again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta

from detectors.detector import Detector, Present, Says, Severity
from detectors.times import HOUR, MINUTE, Millis

StepKind = Literal[
    # Stages, in their order. `declined` leads back: another hospital is asked.
    "suggested",
    "requested",
    "accepted",
    "declined",
    "departed",
    "arrived",
    "admitted",
    # Endings, each with an actor and a reason.
    "returned",
    "treated_in_place",
    "transfer_refused",  # by the resident or the family
    "no_bed",
    "called_120",
    "died",  # where, follows from the stages: on the way, or in hospital
    "cancelled",
    "closed",
]
STALLED: Final = "referral_stalled"
"""The condition that D31 feeds."""

Minutes = Annotated[int, Meta(ge=1)]


class ReferralStalled(Detector, frozen=True):
    """A stage of a referral takes longer than its clock allows.

    No number here has a source (domain.md 1.12.1): all are configuration.

    >>> ReferralStalled().allowed("requested") // MINUTE
    30
    """

    says: ClassVar[Says] = {
        "undecided": ("referral", "minutes"),
        "unanswered": ("referral", "hospital", "minutes"),
        "declined": ("referral", "hospital"),
        "not_departed": ("referral", "hospital", "minutes"),
        "not_arrived": ("referral", "hospital", "minutes"),
        "not_admitted": ("referral", "hospital", "minutes"),
    }
    inputs: ClassVar[frozenset[str]] = frozenset({"referral_step"})
    kinds: ClassVar[frozenset[str]] = frozenset({"referral"})

    decided_minutes: Minutes = 60  # from the first answer to the alert that suggests it, else from the suggestion
    answered_minutes: Minutes = 30  # of each hospital that is asked; then the next one is
    departed_minutes: Minutes = 120
    arrived_minutes: Minutes = 60
    admitted_minutes: Minutes = 60
    closed_hours: Minutes = 24  # after admission it closes by itself
    severity: Severity = Severity.P1

    def allowed(self, stage: str) -> Millis | None:
        """How long a referral may stay in a stage; None: no clock runs."""
        limits = {
            "suggested": self.decided_minutes * MINUTE,
            "requested": self.answered_minutes * MINUTE,
            "accepted": self.departed_minutes * MINUTE,
            "departed": self.arrived_minutes * MINUTE,
            "arrived": self.admitted_minutes * MINUTE,
            "admitted": self.closed_hours * HOUR,
        }
        return limits.get(stage)

    def found(self, stage: str, facts: dict[str, str]) -> Present:
        """What is said of a referral whose clock ran out in a stage; `declined`: nobody is left to ask."""
        if stage == "suggested":
            return Present(self.severity, "undecided", (), facts)
        if stage == "requested":
            return Present(self.severity, "unanswered", (), facts)
        if stage == "declined":
            return Present(self.severity, "declined", (), facts)
        if stage == "accepted":
            return Present(self.severity, "not_departed", (), facts)
        if stage == "departed":
            return Present(self.severity, "not_arrived", (), facts)
        return Present(self.severity, "not_admitted", (), facts)


def stalled_rule(detectors: Iterable[Detector]) -> ReferralStalled:
    """The clocks of a rule set; as shipped where a set has none: a clock that nobody set still runs."""
    return next((one for one in detectors if isinstance(one, ReferralStalled)), ReferralStalled())
