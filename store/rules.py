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

    A shadow takes the place of the region's other shadows and counts for nobody.
    Raises StoreError when the version is on record with another text.
    """
    await hold(connection)
    mine = [row for row in await recorded(connection) if row.region == new.region]
    if any(row.version == new.version and row.content != new.content for row in mine):
        raise StoreError(
            f"version {new.version} is on record with another text: give what changed a version of its own"
        )
    last = [row for row in mine if row.shadow == new.shadow][-1:]
    if last and last[0].content == new.content:
        return None
    if new.shadow:
        await connection.execute(_SQL["drop_shadows"], {"region": new.region})
    values = structs.asdict(new) | {"effective_from": Moment(new.effective_from)}
    row = await (await connection.execute(_SQL["activate"], values)).fetchone()
    assert row is not None
    made = RuleSetRow(*row)
    if not new.shadow:
        await judge_again(connection, new.region, made.effective_from)
    return made


async def judge_again(connection: Connection, region: str, since: Millis) -> None:
    """The facilities of a region are judged again from a time, which lies in no judged past; the caller holds."""
    await connection.execute(_SQL["judge_again"], {"region": region, "since": Moment(since)})
