"""Is a facility heard, and if not: was it never seen, silent, its clock wrong, or did we not look? Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from detectors.times import MINUTE, Millis
from store.outages import LEAST, Outage
from store.silences import Heard

Silence = Literal["never", "silent", "clock", "not_looked"]
SILENCES: Final[dict[Silence, tuple[str, str]]] = {
    "never": ("从未报送", "never seen"),
    "silent": ("报送中断", "went silent"),
    "clock": ("设备时钟异常", "clock wrong"),
    "not_looked": ("平台未监测（平台原因）", "we did not look"),
}
OF_SENTENCE: Final[dict[str, Silence]] = {
    "never": "never",
    "silent": "silent",
    "silent_early": "silent",
    "clock": "clock",
}
"""Which silence a sentence of D25 speaks of."""

BEHIND: Final[Millis] = 5 * MINUTE
"""So far behind we do not know whether a facility is silent (own choice)."""


class Hearing(Struct, frozen=True):
    """How a facility is heard now; `silence` None: it is heard, or its silence is still everyday life."""

    silence: Silence | None
    since: Millis | None  # the last contact; of our own silence the beginning
    told_since: str | None = None  # as D25 says it, by the facility's clock
    stamped_at: Millis | None = None  # clock wrong: when the last such record came
    outage: Outage | None = None  # ours, over by now, from whose end silence counts


def hearing(heard: Heard, outages: Iterable[Outage], now: Millis) -> Hearing:
    """Our own silence goes before that of a facility: where we did not look nobody can be said to be silent.

    >>> hearing(Heard(0, 60_000, None, None, None, None, now := 3_600_000), [], now)
    Hearing(silence=None, since=60000, told_since=None, stamped_at=None, outage=None)
    >>> hearing(Heard(0, 60_000, None, None, "silent", "01-01 08:00", now), [Outage(120_000, None)], now).silence
    'not_looked'
    >>> hearing(Heard(0, None, None, None, "never", "01-01 08:00", None), [], now).silence
    'not_looked'
    """
    known = sorted(outages, key=lambda one: one.began_at)
    lasting = next((one for one in known if one.ended_at is None), None)
    if lasting is not None:
        return Hearing("not_looked", lasting.began_at)
    if heard.seen_until is None or now - heard.seen_until > BEHIND:
        return Hearing("not_looked", heard.seen_until or None)
    last = max((at for at in (heard.fresh_at, heard.backlog_at) if at is not None), default=None)
    silence = OF_SENTENCE.get(heard.because or "")
    if silence is not None and heard.misdated_at is not None and heard.misdated_at > (last or 0):
        silence = "clock"
    since = heard.registered_at if last is None else last
    over = [one for one in known if _counts(one) and (since is None or (one.ended_at or 0) > since)]
    stamped = heard.misdated_at if silence == "clock" else None
    return Hearing(silence, last, heard.since, stamped, over[-1] if silence and over else None)


def _counts(outage: Outage) -> bool:
    """It was long enough for silence to count from its end only."""
    return outage.ended_at is not None and outage.ended_at - outage.began_at >= LEAST.total_seconds() * 1_000
