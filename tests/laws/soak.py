"""Tries the laws on many random histories: `python -m tests.laws.soak N [FIRST]`; one seed makes one history."""

from __future__ import annotations

import random
import sys
import time

from tests.laws import trial


def main(number: int, first: int) -> None:
    """Says what was tried; a seed that breaks a law is named."""
    started, arrivals, episodes = time.monotonic(), 0, 0
    for seed in range(first, first + number):
        try:
            one, other = trial.run(random.Random(seed))
        except BaseException:
            print(f"seed {seed}")
            raise
        arrivals, episodes = arrivals + one, episodes + other
    seconds = time.monotonic() - started
    print(f"{number} histories, {arrivals} arrivals, {episodes} episodes: identical, {seconds:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
