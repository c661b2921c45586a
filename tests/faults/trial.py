"""One trial: a stream flows, faults hit, and everything is judged."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

from tests.faults.faults import Broken, Fault
from tests.faults.feeder import Feeder
from tests.faults.stream import Sent
from tests.faults.verdict import Verdict, judge, wait_for_lag_0
from tests.faults.world import Services, World


def run(
    services: Services, kinds: Sequence[type[Fault]], messages: Sequence[Sent], per_second: float, seed: int
) -> tuple[list[Fault], Verdict]:
    """The faults hit in turn, again and again while the stream flows; what was found."""
    rng = random.Random(seed)
    world = World(services)
    broken = [kind.part for kind in kinds if issubclass(kind, Broken)]
    program = ("tests.faults.broken", *broken) if broken else ("sizao",)
    try:
        world.start("sender", "sizao", "sender")
        for name in sorted({name for kind in kinds for name in kind.workers} or {"a"}):
            world.start(name, *program, "worker")
            world.until(lambda name=name: world.logged(name, "partitions_claimed"), 30, f"worker {name} got nothing")
        faults = [kind(world, rng) for kind in kinds]
        feeder = Feeder(services.servers, world.prefix, messages, per_second)
        feeder.start()
        world.until(lambda: world.one("select count(*) from observations") > 0, 30, "nothing is stored")
        if faults:
            _hit_while_it_flows(faults, feeder, rng)
        feeder.finish()
        seconds = wait_for_lag_0(world)
        for fault in faults:
            fault.proved()
        accepted = feeder.accepted.union(*(fault.accepted for fault in faults))
        return faults, judge(world, accepted, seconds, audit=program)
    finally:
        world.close()


def _hit_while_it_flows(faults: Sequence[Fault], feeder: Feeder, rng: random.Random) -> None:
    """Every fault at least once."""
    turn = 0
    while turn < len(faults) or feeder.is_alive():
        time.sleep(rng.uniform(0.5, 3))
        if turn >= len(faults) and len(faults) == 1 and not feeder.is_alive():
            return
        faults[turn % len(faults)].hit()
        turn += 1
