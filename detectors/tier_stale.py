"""A tier that was given before something happened (D36)."""

from __future__ import annotations

from typing import ClassVar, Final

from detectors.detector import ABSENT, Absent, Band, Baseline, Detector, Present, Says, Severity
from detectors.history import History
from detectors.observations import Reading
from detectors.profile import Profile, Tier
from detectors.times import DAY

_WORDS: Final[dict[Tier, str]] = {"red": "重点(红)", "yellow": "次重点(黄)", "green": "一般(绿)"}
_NEVER_QUIET: Final[Band] = {"spo2_tenths": (1_001, 1_001)}


class TierStale(Detector, frozen=True):
    """The facility's tier is from before a vaccination, a disease or a birthday after which the table says another.

    Our own tiers are computed with the facts and cannot be stale; only a tier
    that a facility gives can. A new one, or a new day of assessment, ends it.
    """

    says: ClassVar[Says] = {"overtaken": ("given", "given_zh", "ours", "ours_zh")}
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    inputs: ClassVar[frozenset[str]] = frozenset({"spo2_percent"})

    within_days: int = 7  # own choice: time to assess anew
    severity: Severity = Severity.C

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.spo2_tenths is not None

    def judge(self, view: History) -> Present | Absent | None:
        assert view.latest is not None
        profile = view.profile
        since, given, ours = profile.tier_stale_since, profile.tier, profile.tier_by_table
        if since is None or given is None or ours is None or view.at - since < self.within_days * DAY:
            return ABSENT
        facts = {"given": given, "given_zh": _WORDS[given], "ours": ours, "ours_zh": _WORDS[ours]}
        return Present(self.severity, "overtaken", (view.latest,), facts)

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return {} if profile.tier_stale_since is None else _NEVER_QUIET
