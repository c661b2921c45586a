"""The real program with one part broken: `python -m tests.faults.broken rule|store|agent worker|audit ...`.

rule: resting hypoxia raises for one reading in seven, always the same ones.
store: every ninth time observations are added, an error of ours comes instead.
agent: every fifteenth batch something escapes the agent.
"""

from __future__ import annotations

import sys
from itertools import count
from typing import Any

from detectors.oxygen import RestingHypoxia
from store import observations
from streams import agents


def break_rule() -> None:
    """The same readings raise in the worker and in the audit: what is judged stays comparable."""
    right = RestingHypoxia.judge

    def judge(self: RestingHypoxia, view: Any) -> Any:
        if int(view.latest.id[:8], 16) % 7 == 0:
            raise RuntimeError("planted in a rule")
        return right(self, view)

    RestingHypoxia.judge = judge


def break_store() -> None:
    """Retrying helps."""
    right, turns = observations.add, count(1)

    async def add(*args: Any, **kwargs: Any) -> Any:
        if next(turns) % 9 == 0:
            raise RuntimeError("planted in the store")
        return await right(*args, **kwargs)

    observations.add = add


def break_agent() -> None:
    """Nothing catches it."""
    right, turns = agents.messages_of, count(1)

    def messages_of(*args: Any) -> Any:
        if next(turns) % 15 == 0:
            raise RuntimeError("planted in the agent")
        return right(*args)

    agents.messages_of = messages_of


if __name__ == "__main__":
    {"rule": break_rule, "store": break_store, "agent": break_agent}[sys.argv.pop(1)]()
    from sizao.cli import main

    main()
