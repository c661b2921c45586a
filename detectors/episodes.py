"""Episodes: from when somebody should look until nobody need any more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from detectors.detector import Severity
from detectors.state import Change, Key

Outcome = Literal["open", "cleared", "lapsed"]


class Episode(Struct, frozen=True):
    """One stretch in which a condition stood, with every change of what stood."""

    condition: str
    trail: tuple[Change, ...]  # at least one; the last is empty when the episode is over

    @property
    def opened(self) -> Key:
        """When the first rule stood."""
        return self.trail[0].key

    @property
    def ended(self) -> Key | None:
        """When none stood any more; None while it is open."""
        return None if self.trail[-1].standing else self.trail[-1].key

    def overlaps(self, other: Episode) -> bool:
        """Both are of one condition, and their spans [opened, ended) meet **as timeline keys**."""
        return (
            self.condition == other.condition
            and (other.ended is None or self.opened < other.ended)
            and (self.ended is None or other.opened < self.ended)
        )

    @property
    def outcome(self) -> Outcome:
        """How it ended: cleared by what was observed, or lapsed for want of observations or of a rule."""
        if self.trail[-1].standing:
            return "open"
        return "cleared" if self.trail[-1].because == "absent" else "lapsed"

    @property
    def worst(self) -> Severity:
        """The worst severity of its whole course."""
        return min(change.severity for change in self.trail if change.severity is not None)

    @property
    def severity(self) -> Severity:
        """What stands now; for an ended episode what stood last."""
        return next(change.severity for change in reversed(self.trail) if change.severity is not None)

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule that stood at some time."""
        return tuple(sorted({rule for change in self.trail for rule, _ in change.standing}))

    @property
    def explanation(self) -> Change:
        """The change that speaks for the episode: the first that reached its worst severity."""
        return next(change for change in self.trail if change.severity == self.worst)


def episodes_of(changes: Iterable[Change]) -> list[Episode]:
    """The episodes that changes in order make, by condition and beginning."""
    done: list[Episode] = []
    running: dict[str, list[Change]] = {}
    for change in changes:
        running.setdefault(change.condition, []).append(change)
        if not change.standing:
            done.append(Episode(change.condition, tuple(running.pop(change.condition))))
    done += [Episode(condition, tuple(trail)) for condition, trail in running.items()]
    return sorted(done, key=lambda episode: (episode.condition, episode.opened))
