"""What people write into forms: trimmed, bounded, and a time as the clock on their wall shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from detectors.times import DAY, Millis, to_millis


class Wrong(Exception):
    """What was written cannot be taken; the sentence says how to mend it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class Odd(Exception):
    """Values that may be real, and are more often a slip: each in both languages. `confirmed` says they were seen."""

    def __init__(self, found: list[tuple[str, str]], confirmed: str) -> None:
        super().__init__(confirmed)
        self.found = found
        self.confirmed = confirmed


def text(form: Mapping[str, Any], name: str, most: int) -> str | None:
    """A field; None where nothing was written."""
    return str(form.get(name, "")).replace("\0", "").strip()[:most] or None


def moment(form: Mapping[str, Any], name: str, zone: str, now: Millis) -> Millis | None:
    """A time of a `datetime-local` field; None: now. Raises Wrong for one to come, or a week ago."""
    said = text(form, name, 40)
    if said is None:
        return None
    try:
        at = to_millis(datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(zone)))
    except ValueError as error:
        raise Wrong("时间应如 2026-01-05T03:20。", "A time is written like 2026-01-05T03:20.") from error
    if not now - 7 * DAY <= at <= now:
        raise Wrong(
            "时间应在最近七天之内，且不晚于现在。", "The time lies within the last seven days, and not in the future."
        )
    return at


def ask_twice(form: Mapping[str, Any], found: list[tuple[str, str]]) -> None:
    """What is odd was confirmed, exactly as it is now; raises Odd."""
    seen = ";".join(zh for zh, _ in found)
    if found and form.get("confirmed") != seen:
        raise Odd(found, seen)
