"""A worker that neither works nor waits must end, so that its supervisor can start another."""

from __future__ import annotations

from typing import Final

STALLED: Final = 75
"""Exit code: messages wait, nothing moves, and the database answers."""


class Watchdog:
    """Looks at lag and progress at each beat; the decision is pure."""

    def __init__(self, patience_seconds: float) -> None:
        self._patience = patience_seconds
        self._progress = -1
        self._since: float | None = None

    def is_stalled(self, now: float, lag: int, progress: int) -> bool:
        """Messages have waited for the whole patience, and nothing was stored in that time."""
        if lag == 0 or progress != self._progress:
            self._progress, self._since = progress, None
            return False
        if self._since is None:
            self._since = now
        return now - self._since >= self._patience
