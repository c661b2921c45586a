"""Rule sets in force: activated with the event time they count from, never changed.

Whoever judges shares a lock, whoever activates holds it alone: a set is in
force for everything that is judged after it was activated, and for nothing
that was judged before.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

from detectors.times import Millis
from store.connection import Connection, Moment
from store.errors import StoreError
from store.sql import statements

_SQL: Final = statements("rules")
_LOCK: Final = 0x52554C4553  # "RULES"; advisory locks are per database


class NewRuleSet(Struct, frozen=True):
    """A rule set as it was authored."""

    region: str  # prefix of a GB/T 2260 code; empty: the nation
    version: str
    effective_from: Millis  # event time
    content: str  # TOML
    activated_by: str = ""
    reason: str = ""
    shadow: bool = False


class Head(Struct, frozen=True):
    """A rule set in force, without its text."""

    id: int
    region: str
    version: str
    effective_from: Millis
    digest: str  # of the text


class RuleSetRow(Struct, frozen=True):
    """A rule set on record."""

    id: int
    region: str
    version: str
    effective_from: Millis
    digest: str
    content: str
    activated_at: Millis
    activated_by: str
    reason: str
    shadow: bool
    ended_at: Millis | None = None  # of a shadow that runs no more


async def share(connection: Connection) -> None:
    """Until the end of this transaction the rules are as they are; before any lock on a facility."""
    await connection.execute(_SQL["share"], {"lock": _LOCK})


async def hold(connection: Connection) -> None:
    """Until the end of this transaction nobody judges; before any lock on a facility."""
    await connection.execute(_SQL["hold"], {"lock": _LOCK})


async def heads(connection: Connection) -> tuple[Head, ...]:
    """Every rule set in force some time, by region and beginning."""
    return tuple([Head(*row) for row in await (await connection.execute(_SQL["heads"])).fetchall()])


async def content(connection: Connection, digest: str) -> str:
    """The text of a rule set on record."""
    row = await (await connection.execute(_SQL["content"], {"digest": digest})).fetchone()
    if row is None:
        raise StoreError(f"no rule set with the digest {digest} is on record")
    text: str = row[0]
    return text


async def recorded(connection: Connection) -> list[RuleSetRow]:
    """Every rule set on record, shadows too, by region and beginning."""
    return [RuleSetRow(*row) for row in await (await connection.execute(_SQL["rule_sets"])).fetchall()]


async def activate(connection: Connection, new: NewRuleSet) -> RuleSetRow | None:
    """The rule set counts from its time on, at the earliest from now; None: it is the region's last already.

    A shadow counts for nobody, takes the place of the region's other one, and may look at the past.
    Raises StoreError when the version is on record with another text.
    """
    await hold(connection)
    mine = [row for row in await recorded(connection) if row.region == new.region]
    if any(row.version == new.version and row.content != new.content for row in mine):
        raise StoreError(
            f"version {new.version} is on record with another text: give what changed a version of its own"
        )
    last = [row for row in mine if row.shadow == new.shadow and row.ended_at is None][-1:]
    if last and last[0].content == new.content:
        return None
    if new.shadow:
        await end_shadow(connection, new.region, new.activated_by, f"gave way to {new.version}: {new.reason}")
    values = structs.asdict(new) | {"effective_from": Moment(new.effective_from)}
    row = await (await connection.execute(_SQL["activate"], values)).fetchone()
    assert row is not None
    made = RuleSetRow(*row)
    if not new.shadow:
        await judge_again(connection, new.region, made.effective_from)
    return made


async def end_shadow(connection: Connection, region: str, by: str, reason: str) -> bool:
    """Nothing runs in the shadow of a region's rules any more; False: nothing did. What ran stays on record."""
    cursor = await connection.execute(_SQL["end_shadow"], {"region": region, "by": by, "reason": reason})
    return cursor.rowcount > 0


async def concerned(connection: Connection, region: str) -> tuple[int, int]:
    """(facilities, residents) of a region, by what is known of them last; the nation: all."""
    row = await (await connection.execute(_SQL["concerned"], {"region": region})).fetchone()
    assert row is not None
    return row[0], row[1]


async def judge_again(connection: Connection, region: str, since: Millis) -> None:
    """The facilities of a region are judged again from a time, which lies in no judged past; the caller holds."""
    await connection.execute(_SQL["judge_again"], {"region": region, "since": Moment(since)})
