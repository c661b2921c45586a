"""For health checks: `python -m sizao.healthy 9104` asks a daily service, `... healthy /tmp/beat` looks at a beat."""

from __future__ import annotations

import sys
import time
import urllib.request
from pathlib import Path
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

LATE_SECONDS: Final = 14_400
"""As long after its minute the work may still be under way: as DailyWorkLate in `dashboards/prometheus/rules.yml`."""
BEAT_SECONDS: Final = 60.0


def trouble(exposed: str, now: float) -> str | None:
    """Why the service is not well, by what it shows; None: it is.

    >>> trouble("sizao_daily_due_timestamp_seconds 100", now=14_501)
    'the work was due 14401 s ago'
    >>> trouble("sizao_daily_due_timestamp_seconds 100", now=14_500)
    """
    for metric in text_string_to_metric_families(exposed):
        if metric.name == "sizao_daily_due_timestamp_seconds":
            late = now - metric.samples[0].value
            return f"the work was due {late:.0f} s ago" if late > LATE_SECONDS else None
    return "it does no daily work"


def silence(beat: Path, now: float) -> str | None:
    """Why a process is not well, by its beat; None: it is."""
    if not beat.exists():
        return f"it never touched {beat}"
    quiet = now - beat.stat().st_mtime
    return f"it touched {beat} {quiet:.0f} s ago" if quiet > BEAT_SECONDS else None


def main(what: str) -> None:
    """Ends with 0 if all is well, else with 1 and a sentence."""
    if not what.isdigit():
        sys.exit(silence(Path(what), time.time()))
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{what}/metrics", timeout=3) as answer:
            sys.exit(trouble(answer.read().decode(), time.time()))
    except OSError as error:
        sys.exit(f"it does not answer at port {what}: {error}")


if __name__ == "__main__":
    main(sys.argv[1])
