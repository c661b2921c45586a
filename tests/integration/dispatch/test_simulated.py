"""On a simulated county the dispatch names exactly those that were seeded, and no other home."""

from __future__ import annotations

import msgspec

from dashboards.dispatch.composing import compose
from dashboards.dispatch.document import Cell, Document
from dashboards.dispatch.freezing import freeze
from dashboards.dispatch.reading import read_revision
from detectors.weekly.engine import WeekEngine
from ingest.decode import decode_message
from ingest.simulator.county import county
from ingest.simulator.illness import Course
from ingest.simulator.life import days
from sizao.recordings import registry_of
from sizao.rule_sets import rules_by_region
from sizao.week_rows import hear
from store.connection import Connection, Moment, transaction
from store.rows import ObservationRow
from tests.integration.rollup.making import DAY_0, County, at

REGION, LAST = "510107", 4  # on even days a home that falls silent sends no report
HOMES = county(seed=3, facilities=8, mean_residents=8)
OUTBREAK, UPLINK_BROKEN = HOMES[0].code, HOMES[6].code


def _rows() -> list[ObservationRow]:
    """What the county sent up to the cut-off, as the gateway took it; in one home everybody falls ill."""
    ill = tuple(Course(OUTBREAK, one.code, at(3, 0), 5.0, 1.5) for one in HOMES[0].people)
    sent = [one for one in days(HOMES, at(0, 0), at(LAST, 16.9), seed=3, ill=ill) if one.at <= at(LAST, 17)]
    return [
        row
        for one in sent
        if one.event["facility"] != UPLINK_BROKEN or one.at < at(2, 0)
        for row in decode_message(msgspec.json.encode(one.event), key=None, received_at=one.at).rows
    ]


def _doubtful(rows: list[ObservationRow]) -> set[str]:
    """Homes that the weekly rules find so."""
    registry = registry_of(None, None, None, rules_by_region(None))
    weeks = WeekEngine(registry.profiles_of)
    for row in rows:
        hear(weeks, registry, row)
    places = weeks.process((), at(LAST, 17))
    return {
        place.split("\0")[0]
        for place in places
        if any(one.condition == "data_to_verify" for one in weeks.episodes(place))
    }


def _named(document: Document, title: str) -> set[Cell]:
    section = next(one for one in document.sections if one.title == title)
    return {row[0] for table in section.tables if table.columns[-1] == "情况" for row in table.rows}


async def test_the_dispatch_of_a_simulated_county_names_exactly_the_seeded_homes(connection: Connection) -> None:
    made, rows = County(connection), _rows()
    for home in HOMES:
        await made.home(home.code, REGION)
    for start in range(0, len(rows), 500):
        await made.store(rows[start : start + 500])
    doubtful = _doubtful(rows)
    async with transaction(connection):
        for code in doubtful:
            await connection.execute(
                "insert into alerts (facility_id, resident_id, condition, severity, rule, condition_state, signal,"
                " opened_at, last_transition_at, reason_zh, reason_en, episodes)"
                " select f.id, min(r.id), 'data_to_verify', 4, 'D27c', 'present', 'on', %s, %s, '', '', '{}'"
                " from facilities f join residents r on r.facility_id = f.id where f.code = %s group by f.id",
                (Moment(at(3, 0)), Moment(at(3, 0)), code),
            )
    made.now = at(LAST, 17)
    await made.settle()
    async with transaction(connection):
        await freeze(connection, REGION, DAY_0 + LAST, None, at(LAST, 17))
    async with transaction(connection):
        told = await read_revision(connection, REGION, DAY_0 + LAST)
    assert told is not None
    written = compose(told, "zh", told.at)
    (copying,) = [one.code for one in HOMES if one.copies_values]
    (quiet,) = [one.code for one in HOMES if one.falls_silent]
    (short,) = [one.code for one in HOMES if one.lacks_oxygen]
    assert _named(written, "三、重点关注地区和机构") == {OUTBREAK, short}
    assert _named(written, "四、未报送机构") == {UPLINK_BROKEN, quiet}
    assert _named(written, "七、基层困难和协调") == {short}
    assert _named(written, "八、数据质量说明") == {copying}
    assert {(one.facility, one.kind, one.source) for one in told.items} == {
        (UPLINK_BROKEN, "call", "silent"),
        (quiet, "call", "reports_missing"),
        (short, "help", "antiviral_short"),
        (copying, "check", "to_verify"),
    }
