"""NEWS2 against the resident's own past (D11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from detectors.detector import ABSENT, Absent, Ascending, Band, Baseline, Detector, Present, Says, Severity
from detectors.early_warning import FullNews2
from detectors.history import History
from detectors.news2 import total_of
from detectors.observations import Reading
from detectors.packed import NEWS2_HIGHEST
from detectors.profile import Profile


class NewsAboveUsual(Detector, frozen=True):
    """A complete NEWS2 above the resident's own 80th centile.

    Of 29,656 scores in 460 English homes the share above the residents' own
    80th centile led deaths by two weeks (Stow et al. 2021). Past and present
    are scored alike, on scale 1 at sea level: only the difference counts. The
    past are the highest scores of the days 35 to 8 before. Only sets that are
    complete in one reading count; silent until seven of those days have one.
    Over at their own median: between the two it stays as it is.

    >>> from detectors.history import History
    >>> from detectors.observations import Reading
    >>> from detectors.times import DAY
    >>> view = History(Profile())
    >>> for day in [*range(10), 20]:
    ...     view.add(Reading(day * DAY, str(day), 970, 95 if day == 20 else 70, 16, 366, None, 120, "A", False))
    >>> NewsAboveUsual().judge(view).facts
    {'total': '1', 'usual': '0'}
    """

    says: ClassVar[Says] = {"above_usual": ("total", "usual")}
    hears: ClassVar[tuple[type, ...]] = (Reading,)
    inputs: ClassVar[frozenset[str]] = FullNews2.inputs
    needs: ClassVar[frozenset[str]] = FullNews2.needs

    ascending: ClassVar[Ascending] = (("recovered_centile", "centile"),)

    centile: int = 80  # Stow et al., BMJ Open 2021;11:e045579
    recovered_centile: int = 50  # own choice
    least_days: int = 7  # own choice
    severity: Severity = Severity.P3

    @classmethod
    def renewed(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        """It was over at the centile that it begins above."""
        match parameters:
            case {"centile": centile}:
                return {"recovered_centile": centile, **parameters}
        return parameters

    def applies(self, view: History) -> bool:
        return view.latest is not None and view.latest.is_complete

    def judge(self, view: History) -> Present | Absent | None:
        latest = view.latest
        assert latest is not None
        scores = sorted(view.days_of_baseline(NEWS2_HIGHEST))
        total = total_of(latest) if len(scores) >= self.least_days else None
        if total is None:
            return ABSENT
        usual = _nearest_rank(scores, self.centile)
        if total > usual:
            return Present(self.severity, "above_usual", (latest,), {"total": str(total), "usual": str(usual)})
        return ABSENT if total <= _nearest_rank(scores, self.recovered_centile) else None

    def quiet(self, profile: Profile, baseline: Baseline) -> Band:
        return FullNews2().quiet(Profile(), baseline)  # where every parameter scores nothing on scale 1


def _nearest_rank(ascending: Sequence[int], centile: int) -> int:
    return ascending[-(-len(ascending) * centile // 100) - 1]
