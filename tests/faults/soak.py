"""`make soak`: each fault alone and long, on real services of its own; a table on the terminal, JSON in a file."""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from tests.faults import faults
from tests.faults.faults import Fault
from tests.faults.stream import Sent, regrouped, stream
from tests.faults.trial import run
from tests.faults.world import Services, services

KAFKA_PORT, KAFKA_PORT_OF_THREE, DATABASE_PORT = 29692, 29792, 25692
PER_SECOND: Final = 25.0
EVENTS_A_MESSAGE: Final = 2.4
KINDS: Final[tuple[type[Fault], ...]] = (
    faults.KillWorker,
    faults.RollWorkers,
    faults.JoinAndLeave,
    faults.FreezeWorker,
    faults.KillDatabase,
    faults.OlderDatabase,
    faults.KillBroker,
    faults.KillEachBroker,
    faults.Markers,
    faults.Poison,
    faults.BrokenRule,
    faults.BrokenStore,
    faults.BrokenAgent,
    faults.KillSender,
)
TELLINGS: Final[dict[str, Callable[[list[Sent]], list[Sent]]]] = {
    "in-order": lambda messages: messages,
    "same-file-twice": lambda messages: [*messages, *messages],
    "other-batching": lambda messages: regrouped(messages, random.Random(1)),
    "other-order": lambda messages: regrouped(messages, random.Random(2), shuffled=True),
}
"""No fault, but another telling of the same story: it ends in the same episodes."""

out: Final = Console(stderr=True)


def main() -> None:
    """Runs what is asked for; exit code 1 when anything was lost, doubled or judged otherwise."""
    names = [*(kind.name for kind in KINDS), *TELLINGS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=names, help="one of them; default: all")
    parser.add_argument("--seconds", type=float, default=120, help="how long each stream flows")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, default=Path("soak-results.json"), help="where the figures go")
    asked = parser.parse_args()
    found: list[dict[str, Any]] = []
    try:
        with services(KAFKA_PORT, DATABASE_PORT) as own:
            for name in [asked.only] if asked.only else names:
                out.print(f"{name} ...")
                found.append(_tried(own, name, asked.seconds, asked.seed))
                out.print(f"  {found[-1]}")
    except KeyboardInterrupt:
        out.print("stopped")
    finally:
        machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
        asked.json.write_text(json.dumps({"machine": machine, "seconds": asked.seconds, "faults": found}, indent=2))
        Console(width=140).print(_table(found))
    raise SystemExit(any(one["broke"] for one in found))


def _tried(own: Services, name: str, seconds: float, seed: int) -> dict[str, Any]:
    """One row of the table."""
    messages = stream(seed, round(seconds * PER_SECOND * EVENTS_A_MESSAGE))
    started = time.monotonic()
    row: dict[str, Any] = {"fault": name, "hits": 0, "broke": ""}
    try:
        if name in TELLINGS:
            hit, verdict = run(own, (), TELLINGS[name](messages), PER_SECOND * 2, seed)
        else:
            (kind,) = (kind for kind in KINDS if kind.name == name)
            if kind is faults.KillEachBroker:
                with own.with_brokers(KAFKA_PORT_OF_THREE, 3) as three:
                    hit, verdict = run(three, (kind,), messages, PER_SECOND, seed)
            else:
                hit, verdict = run(own, (kind,), messages, PER_SECOND, seed)
        row |= {"hits": sum(fault.hits for fault in hit)} | msgspec.to_builtins(verdict)
        verdict.holds()
    except Exception as error:
        row["broke"] = f"{type(error).__name__}: {error}"[:500]
    return row | {"took_seconds": round(time.monotonic() - started)}


def _table(found: list[dict[str, Any]]) -> Table:
    table = Table("fault", "hits", "events", "episodes", "s to lag 0", "lost", "doubled", "audit differences", "broke")
    for one in found:
        names = ("fault", "hits", "events", "episodes", "seconds_to_lag_0", "lost", "doubled")
        differences = len(one["differences"]) if "differences" in one else "-"
        table.add_row(*(str(one.get(name, "-")) for name in names), str(differences), one["broke"][:40])
    return table


if __name__ == "__main__":
    main()
