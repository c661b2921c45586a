"""Taking rows of the registry in: what they change is planned first, and written unless it is only to be shown.

The rows come from `ingest.registry`, a chunk at a time, each chunk in one
transaction. A column that the file does not have leaves what is known; nothing
is deleted because it is not named. The same file twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import Struct, structs

from detectors.tier_course import TierEntry
from detectors.tiers import Condition
from detectors.times import Millis
from store import assigning, moves, registered, registry, rules
from store.assigning import TablesOf
from store.connection import Connection, Moment
from store.profiles import Recorded, in_force
from store.registered import KINDS, Key, Subject
from store.sql import statements

_SQL: Final = statements("registration")


class Change(Struct, frozen=True):
    """A field that is to be another one."""

    field: str
    old: Any
    new: Any


class Difference(Struct, frozen=True):
    """What a row means for what is known."""

    table: str
    key: Key
    kind: Literal["new", "claimed", "changed", "unchanged", "refused", "removed"]  # claimed: it was there provisionally
    changes: tuple[Change, ...] = ()
    moved_from: Key | None = None
    tier: TierEntry | None = None  # another one from now on
    refusal: tuple[str, str, str] | None = None  # column, Chinese, English


class _Planned(Struct):
    """A difference on its way into the database."""

    difference: Difference
    record: Recorded[Any] | None = None
    first: bool = False


async def take_in(
    connection: Connection,
    table: str,
    rows: Sequence[Any],
    given: frozenset[str],
    now: Millis,
    tables_of: TablesOf | None = None,
    dry_run: bool = False,
) -> list[Difference]:
    """What each row changes, in their order; written unless it is a dry run. `given` are the fields the file has.

    Without `tables_of` no tier is computed. Facilities of which a file says
    nothing new are not locked, and no worker loads them again.
    """
    kind = KINDS[table]
    origins = await _origins(connection, rows) if table == "residents" else {}
    known = await registered.known(connection, table, {kind.key(row) for row in rows})
    planned = [_plan(table, row, given, known, origins, now) for row in rows]
    fresh = {number: row for number, row in enumerate(rows) if planned[number].record is not None}
    locked: dict[str, registry.Facility] = {}
    if fresh and not dry_run:
        await rules.share(connection)
        codes = {kind.key(row)[0] for row in fresh.values()} if table != "hospitals" else set()
        locked = await registry.lock_facilities(connection, codes | {code for code, _ in origins})
        # Somebody else may have said the same before the lock: once more.
        known = await registered.known(connection, table, {kind.key(row) for row in fresh.values()})
        for code, facility in locked.items() if table == "facilities" else ():
            if facility.version == 1:
                known[code, ""].id = None  # this very lock made it
        for number, row in fresh.items():
            planned[number] = _plan(table, row, given, known, origins, now)
    news = [one for one in planned if one.record is not None]
    if table == "residents":
        if not dry_run:
            await _write_residents(connection, news, known, origins, locked, now)
        changed = {} if tables_of is None else await _assign(connection, news, known, now, tables_of, dry_run)
        return [_with_tier(one.difference, changed) for one in planned]
    if not dry_run:
        await _write(connection, table, news, locked, now)
    if table == "facilities" and tables_of is not None and not dry_run:
        another = [one.difference.key[0] for one in news if _has_another_table(one.difference)]
        await assigning.assign_again(connection, another, now, tables_of)
    return [one.difference for one in planned]


def _has_another_table(difference: Difference) -> bool:
    changed = {change.field for change in difference.changes}
    return difference.kind == "claimed" or not changed.isdisjoint(("region", "zone"))


# ------------------------------------------------------------ planning


def _plan(
    table: str,
    row: Any,
    given: frozenset[str],
    known: dict[Key, Subject],
    origins: Mapping[Key, int],
    now: Millis,
) -> _Planned:
    kind = KINDS[table]
    key = kind.key(row)
    subject = known.setdefault(key, Subject(None, []))
    origin = _origin_of(row) if table == "residents" else None
    if origin is not None and (origin not in origins or origin == key):
        zh, en = "原机构没有这位老人,请核对两列编号", "nobody of that code is known there: check both codes"
        return _Planned(Difference(table, key, "refused", refusal=("from_facility", zh, en)))
    said = {name: getattr(row, name) for name in kind.facts.__struct_fields__}
    said = {name: int(value) if isinstance(value, Condition) else value for name, value in said.items()}
    counting = in_force(subject.rows)
    base: Any = None
    changes: tuple[Change, ...] = ()
    if not counting:
        facts = kind.facts(**said)
    else:
        at = row.valid_from or counting[-1][0]
        base = ([facts for begins, facts in counting if begins <= at] or [counting[0][1]])[-1]
        facts = structs.replace(base, **{name: value for name, value in said.items() if name in given})
        changes = tuple(
            Change(name, getattr(base, name), getattr(facts, name))
            for name in kind.facts.__struct_fields__
            if getattr(base, name) != getattr(facts, name)
        )
    valid = row.valid_from or now
    is_known = (
        facts == base
        if row.valid_from is None
        else any(was == valid and there == facts for was, _, there in subject.rows)
    )
    if is_known:
        return _Planned(Difference(table, key, "unchanged"))
    first = not subject.rows
    record = (valid, now, facts)
    subject.rows.append(record)
    is_claimed = subject.id is not None and table in ("facilities", "residents")
    state: Literal["new", "claimed", "changed"] = "changed" if not first else "claimed" if is_claimed else "new"
    return _Planned(Difference(table, key, state, changes, origin), record, first)


def _origin_of(row: Any) -> Key | None:
    if row.from_facility is None:
        return None
    return (row.from_facility, row.from_resident or row.resident)


async def _origins(connection: Connection, rows: Iterable[Any]) -> dict[Key, int]:
    """The residents that others are said to have been, as far as they exist."""
    wanted = {origin for row in rows if (origin := _origin_of(row)) is not None}
    if not wanted:
        return {}
    found = await registered.known(connection, "residents", wanted)
    return {key: subject.id for key, subject in found.items() if subject.id is not None}


# ------------------------------------------------------------ writing


async def _write(
    connection: Connection, table: str, news: Sequence[_Planned], locked: Mapping[str, registry.Facility], now: Millis
) -> None:
    kind = KINDS[table]
    values = []
    for one in news:
        first, second = one.difference.key
        whose = {kind.id_column: locked[first].id if table != "hospitals" else first}
        if second:
            whose[kind.keys[1]] = second
        assert one.record is not None
        values.append((whose, one.record))
    await registered.add(connection, table, values)
    if table == "facilities" and news:
        parameters = {
            "ids": [locked[one.difference.key[0]].id for one in news],
            "firsts": [one.first for one in news],
            "sinces": [Moment(max(one.record[0], now)) for one in news if one.record is not None],
            "now": Moment(now),
        }
        await connection.execute(_SQL["facilities_registered"], parameters)


async def _write_residents(
    connection: Connection,
    news: Sequence[_Planned],
    known: Mapping[Key, Subject],
    origins: Mapping[Key, int],
    locked: Mapping[str, registry.Facility],
    now: Millis,
) -> None:
    if not news:
        return
    facility_ids = {code: facility.id for code, facility in locked.items()}
    ids = await registry.resident_ids(connection, {one.difference.key for one in news}, facility_ids)
    for key, number in ids.items():
        known[key].id = number
    records = [({"resident_id": ids[one.difference.key]}, one.record) for one in news if one.record is not None]
    await registered.add(connection, "residents", records)
    await connection.execute(_SQL["residents_registered"], {"ids": sorted(set(ids.values()))})
    told = [(one.difference.key, one.difference.moved_from, one.record[0]) for one in news if one.record is not None]
    await moves.record(
        connection, [(key, ids[key], origin, origins[origin], at) for key, origin, at in told if origin], now
    )
    await registry.judge_again(
        connection, [(facility_ids[one.difference.key[0]], _since(one, now)) for one in news], now
    )


async def _assign(
    connection: Connection,
    news: Sequence[_Planned],
    known: Mapping[Key, Subject],
    now: Millis,
    tables_of: TablesOf,
    dry_run: bool,
) -> dict[Key, TierEntry]:
    """The tiers of the residents that changed."""
    starts: dict[Key, Millis | None] = {}
    for one in news:
        key, at = one.difference.key, _since(one, now)
        before = starts.get(key, at)
        starts[key] = None if at is None or before is None else min(at, before)
    return await assigning.assign(connection, known, starts, now, tables_of, dry_run)


def _since(one: _Planned, now: Millis) -> Millis | None:
    """From when on a row changes what is judged; None: from ever."""
    assert one.record is not None
    return None if one.first else max(one.record[0], now)


def _with_tier(difference: Difference, changed: Mapping[Key, TierEntry]) -> Difference:
    if difference.kind in ("unchanged", "refused"):
        return difference
    return structs.replace(difference, tier=changed.get(difference.key))
