"""Proofs: test checks that came all the way back as a message."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from detectors.times import DAY, Millis
from store.connection import Connection, Moment
from store.sql import statements

FACILITY: Final = "SELF-CHECK"
"""The reserved drill facility of the test resident; it is in nobody's list."""

KEPT: Final[Millis] = 30 * DAY

_SQL: Final = statements("proofs")


class Proof(Struct, frozen=True):
    """One test check."""

    begun_at: Millis  # measured
    told_at: Millis  # its message arrived


async def add(connection: Connection, proof: Proof) -> None:
    """It is on record; old ones are not."""
    await connection.execute(_SQL["add_proof"], {"begun": Moment(proof.begun_at), "told": Moment(proof.told_at)})
    await connection.execute(_SQL["forget_proofs"], {"before": Moment(proof.told_at - KEPT)})


async def last(connection: Connection) -> Proof | None:
    """The newest; None: the way was never proven."""
    row = await (await connection.execute(_SQL["last_proof"])).fetchone()
    return None if row is None else Proof(*row)
