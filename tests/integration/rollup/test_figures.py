"""Figures are right, follow late data, and tell zero from blank."""

from __future__ import annotations

from msgspec import structs

from detectors.times import HOUR, MINUTE, Millis, to_text
from store import figures, outages, reporting
from store.connection import Connection, Moment, transaction
from store.figures import Figures, Grain, Value
from tests.integration.rollup.making import DAY_0, County, at


async def _figures(connection: Connection, region: str, day: int, grain: Grain = "day") -> Figures:
    (found,) = await figures.of_region(connection, region, grain, DAY_0 + day, DAY_0 + day)
    return found


async def test_a_day_and_a_period_are_sums_of_the_same_parts(connection: Connection) -> None:
    county = County(connection)
    await county.home("P-1", "510107")
    for hour in (9, 12, 17, 20):
        await county.said("P-1", county.reading(at(1, hour)))
    county.now = at(3, 0)
    await county.settle()
    one, two = [await _figures(connection, "510107", day) for day in (1, 2)]
    ends_1, ends_2 = [await _figures(connection, "510107", day, "period") for day in (1, 2)]
    assert (one["readings"], ends_1["readings"]) == (Value(4), Value(2))
    assert ends_2["readings"] == Value(2)  # 17:00 itself is in the next period
    assert two["readings"] == Value(None, 1)  # nothing was heard: blank, not zero
    assert (two["silent"], one["silent"], ends_2["silent"]) == (Value(1), Value(0), Value(0))
    assert one["tests"] == Value(0)  # heard, and there was none
    assert (one["checks_due"], one["checks_done"]) == (Value(2), Value(2))
    assert (ends_2["checks_due"], ends_2["checks_done"]) == (Value(2), Value(2))  # 18:00 of day 1, 10:00 of day 2
    assert (two["checks_due"], two["checks_done"]) == (Value(2), Value(1))  # 20:00 counts for the next morning
    assert two["checks_done_share"] == Value(50.0)
    assert (one["residents"], one["untiered"]) == (Value(1), Value(1))
    assert one["referrals_requested"] == Value(0)


async def test_a_region_with_its_own_cutoff_has_its_own_period(connection: Connection) -> None:
    county = County(connection)
    async with transaction(connection):
        known = await reporting.in_force(connection, "429004", DAY_0)
        rule = structs.replace(known, region="4290", valid_from=DAY_0 + 2, cutoff=16 * 60)
        await reporting.decide(connection, rule)
    await county.home("C-1", "429004")
    for day in (1, 2):
        await county.said("C-1", county.reading(at(day, 16.5)))
    county.now = at(4, 0)
    await county.settle()
    found = await figures.of_region(connection, "429004", "period", DAY_0 + 1, DAY_0 + 3)
    assert [one["readings"].value for one in found] == [1, None, 1]  # 16:30 was before the cut-off, then behind it


async def test_who_is_present_owes_a_check_and_who_is_away_does_not(connection: Connection) -> None:
    county = County(connection)
    await county.home("H-1", "110101")
    await county.said("H-1", county.check_in(at(0, 9)), county.check_in(at(0, 19), "hospital"))
    await county.said("H-1", county.check_in(at(0, 9)), resident="R-2")
    await county.said("H-1", county.check_in(at(1, 12), "died"), resident="R-2")
    county.now = at(2, 0)
    await county.settle()
    first, second = [await _figures(connection, "110101", day) for day in (0, 1)]
    assert (first["checks_due"], first["checks_done"]) == (Value(4), Value(2))
    assert (first["residents"], first["in_hospital"], first["hospitalised"]) == (Value(2), Value(1), Value(1))
    assert (second["residents"], second["deaths"], second["hospitalised"]) == (Value(1), Value(1), Value(0))
    assert second["checks_due"] == Value(1)  # of R-2, before noon


async def test_positives_are_people_by_onset_and_by_report(connection: Connection) -> None:
    county = County(connection)
    await county.home("T-1", "120101")
    for day in (1, 2):  # one illness
        await county.said("T-1", county.test(at(day, 8), "positive"), after=30 * HOUR)
    await county.said("T-1", county.test(at(1, 9)), resident="R-2")
    county.now = at(5, 0)
    await county.settle()
    days = [await _figures(connection, "120101", day) for day in (1, 2)]
    assert [one["tests_positive"].value for one in days] == [1, 1]
    assert [one["positives"].value for one in days] == [1, 0]
    assert [one["positives_reported"].value for one in days] == [0, 1]
    assert days[0]["positivity"] == Value(50.0)


async def test_a_report_is_the_last_of_its_day_and_a_field_left_out_is_blank(connection: Connection) -> None:
    county = County(connection)
    for code in ("R-1", "R-2", "R-3"):
        await county.home(code, "130102")
    await county.report("R-1", 1, at(1, 9), residents=40, beds=100, operating="open", visitors=3)
    await county.report("R-1", 1, at(1, 11), residents=41, oximeters_working=0, medicine={"antiviral": 2})
    await county.report("R-2", 1, at(1, 10), nothing_to_report=True)
    await county.report("R-3", 1, at(1, 18), residents=5)
    county.now = at(2, 12)
    await county.settle()
    for grain in ("day", "period"):
        one = await _figures(connection, "130102", 1, grain)  # type: ignore[arg-type]
        assert one["occupants"] == Value(46, 1)
        assert one["oximeters"] == Value(0, 2)
        assert (one["beds"], one["visitors"], one["operating_open"]) == (Value(None, 3), Value(None, 3), Value(None, 3))
        assert one["antiviral_short"] == Value(1, 2)
        counts = [one[f"reports_{name}"].value for name in ("due", "given", "zero", "late", "missing")]
        assert counts == [3, 3, 1, 1, 0]
    other = await _figures(connection, "130102", 2)
    assert other["reports_due"] == Value(None, 3)  # not yet
    county.now = at(2, 17.1)
    await county.settle()
    other = await _figures(connection, "130102", 2)
    assert (other["reports_due"], other["reports_missing"]) == (Value(3), Value(3))


async def test_our_own_outage_makes_nobody_late_or_silent(connection: Connection) -> None:
    county = County(connection)
    await county.home("O-1", "140105")
    await _beats(connection, at(1, 15.5), at(1, 16.5), at(1, 16.52))  # one hour away
    await county.report("O-1", 1, at(1, 17.9))
    county.now = at(1, 23.9)
    await county.settle()
    one = await _figures(connection, "140105", 1)
    assert (one["reports_late"], one["reports_given"]) == (Value(0), Value(1))
    assert (one["silent"], one["heard"]) == (Value(0), Value(1))
    async with transaction(connection):
        await outages.look(connection, county.now)  # since 16:31 nobody beats
    county.now = at(2, 20)
    await county.settle()
    two = await _figures(connection, "140105", 2)
    assert (two["silent"], two["unwatched"]) == (Value(0), Value(1))
    assert (two["reports_missing"], two["reports_due"]) == (Value(None, 1), Value(None, 1))
    await _beats(connection, at(2, 21))
    county.now = at(4, 0)
    await county.settle()
    two = await _figures(connection, "140105", 2)
    assert (two["reports_missing"], two["reports_due"]) == (Value(1), Value(1))
    assert [one.ended_at for one in await outages.between(connection, at(0, 0), at(4, 0))] == [at(1, 16.5), at(2, 21)]


async def test_what_an_outage_over_the_cut_off_took_before_it_is_given_back_after_it(connection: Connection) -> None:
    county = County(connection)
    county.now = at(-9, 0)
    for code in ("O-2", "O-3", "O-4"):
        await county.home(code, "140106")
    async with transaction(connection):
        for began, ended in ((15, 18), (18, 19.5)):
            values = (Moment(at(-8, began)), Moment(at(-8, ended)))
            await connection.execute("insert into outages (began_at, ended_at) values (%s, %s)", values)
    await county.report("O-2", -8, at(-8, 20.9))
    await county.report("O-3", -8, at(-8, 22.2))
    county.now = at(-8, 21)
    await county.settle()
    waited = await _figures(connection, "140106", -8)
    assert waited["reports_missing"] == Value(0, 1), "two hours before the cut-off are given back after 19:30"
    county.now = at(-8, 23.9)
    await county.settle()
    one = await _figures(connection, "140106", -8)
    assert (one["reports_late"], one["reports_given"], one["reports_missing"]) == (Value(1), Value(2), Value(1))


async def _beats(connection: Connection, *times: Millis) -> None:
    async with transaction(connection):
        for when in times:
            await outages.beat(connection, when)


async def test_difficulties_are_raised_resolved_and_raised_again(connection: Connection) -> None:
    county = County(connection)
    await county.home("D-1", "150102")
    await county.report("D-1", 1, at(1, 9), difficulties=[_difficulty("open"), _difficulty("open", "2")])
    await county.report("D-1", 2, at(2, 9), difficulties=[_difficulty("resolved")])
    await county.report("D-1", 3, at(3, 9), difficulties=[_difficulty("open")])
    county.now = at(4, 0)
    await county.settle()
    found = [await _figures(connection, "150102", day) for day in (1, 2, 3)]
    assert [one["difficulties_raised"].value for one in found] == [2, 0, 1]
    assert [one["difficulties_resolved"].value for one in found] == [0, 1, 0]
    assert [one["difficulties_open"].value for one in found] == [2, 1, 2]


def _difficulty(state: str, number: str = "1") -> dict[str, str]:
    return {"id": number, "kind": "oxygen", "text": "吸氧机不足", "state": state}


async def test_clocks_run_from_the_finding_until_somebody_was_told_knew_and_acted(connection: Connection) -> None:
    county = County(connection)
    facility_id = await county.home("A-1", "210102")
    await county.said("A-1", county.reading(at(1, 8)))
    opened = at(1, 9)
    await _alert(
        connection, facility_id, opened, {"told": 30_000, "acknowledged": 11 * MINUTE, "accepted": 12 * MINUTE}
    )
    await _alert(connection, facility_id, opened + MINUTE, {}, condition="fever", severity=2)
    county.now = at(2, 0)
    await county.settle()
    one = await _figures(connection, "210102", 1)
    assert (one["alerts_p1"], one["alerts_p2"], one["alerts_open"]) == (Value(1), Value(1), Value(2))
    assert (one["told"], one["told_in_time"], one["told_seconds"]) == (Value(1), Value(1), Value(30))
    assert (one["acknowledged"], one["acknowledged_in_time"]) == (Value(1), Value(0))
    assert (one["accepted_in_time"], one["accepted_minutes"]) == (Value(1), Value(12.0))
    assert (one["recognised"], one["recognised_seconds"]) == (Value(2), Value(10))
    assert one["told_in_time_share"] == Value(50.0)
    async with transaction(connection):  # whoever writes an alert marks its day
        await connection.execute(
            "update alerts set closed_at = %s where facility_id = %s", (Moment(at(1, 20)), facility_id)
        )
    await county.settle()
    assert (await _figures(connection, "210102", 1))["alerts_open"] == Value(0)


async def _alert(
    connection: Connection,
    facility_id: int,
    opened: Millis,
    after: dict[str, Millis],
    *,
    condition: str = "hypoxia",
    severity: int = 1,
) -> None:
    found = opened + 5_000
    async with transaction(connection):
        row = await (
            await connection.execute(
                "insert into alerts (facility_id, resident_id, condition, severity, rule, condition_state, signal,"
                " opened_at, last_transition_at, reason_zh, reason_en, episodes)"
                " select facility_id, id, %s, %s, 'D01', 'present', 'on', %s, %s, '', '', '{}' from residents"
                " where facility_id = %s returning id, resident_id",
                (condition, severity, Moment(opened), Moment(found), facility_id),
            )
        ).fetchone()
        assert row is not None
        await connection.execute(
            "insert into transitions (episode_id, alert_id, facility_id, resident_id, at, recorded_at, kind, condition,"
            " severity, rule, rule_version, reason_zh, reason_en, evidence, origin)"
            " values (1, %s, %s, %s, %s, %s, 'opened', %s, %s, 'D01', '1', '', '', '[]', 'live')",
            (row[0], facility_id, row[1], Moment(opened), Moment(found), condition, severity),
        )
        if "told" in after:
            await connection.execute(
                "insert into deliveries (alert_id, transition_id, channel, address, kind, status, idempotency_key)"
                " select %s, max(id), 'sms', '1', 'alarm', 'sending', %s from transitions",
                (row[0], to_text(opened)),
            )
            await connection.execute(
                "update deliveries set status = 'sent', sent_at = %s where alert_id = %s",
                (Moment(found + after["told"]), row[0]),
            )
        for action in ("acknowledged", "accepted"):
            if action in after:
                await connection.execute(
                    "insert into alert_actions (alert_id, at, actor, action) values (%s, %s, 'x', %s)",
                    (row[0], Moment(found + after[action]), action),
                )


async def test_referrals_and_what_was_done_before_them_are_counted_with_their_clocks(connection: Connection) -> None:
    county = County(connection)
    facility_id = await county.home("F-1", "220102")
    await county.said("F-1", county.reading(at(1, 8)))
    county.now = at(1, 9)
    await county.settle()
    await _alert(connection, facility_id, at(1, 9), {})
    async with transaction(connection):
        row = await (
            await connection.execute("select id from alerts where facility_id = %s", (facility_id,))
        ).fetchone()
        assert row is not None
        await connection.execute(
            "insert into interventions (alert_id, at, recorded_at, actor, kind) values (%s, %s, %s, 'x', 'oxygen')",
            (row[0], Moment(at(1, 9.1)), Moment(at(1, 9.1))),
        )
        for hour, step in ((9.2, "requested"), (9.3, "no_bed"), (18, "admitted")):
            await connection.execute(
                "insert into referral_steps (facility_id, at, id, recorded_at, referral, step, source)"
                " values (%s, %s, gen_random_uuid(), %s, 'T-1', %s, 'console')",
                (facility_id, Moment(at(1, hour)), Moment(at(1, hour)), step),
            )
        await connection.execute(
            "insert into referrals"
            " (facility_id, code, alert_id, stage, began_at, requested_at, looked_at, plan, content)"
            " values (%s, 'T-1', %s, 'admitted', %s, %s, %s, '[]', '{}')",
            (facility_id, row[0], *[Moment(at(1, 9.2))] * 3),
        )
    county.now = at(2, 0)
    await county.settle()
    one, period = await _figures(connection, "220102", 1), await _figures(connection, "220102", 1, "period")
    steps = [f"referrals_{name}" for name in ("requested", "no_bed", "admitted", "declined", "open")]
    assert [one[name].value for name in steps] == [1, 1, 1, 0, 1]
    assert period["referrals_admitted"] == Value(0)  # after the cut-off
    assert (one["bed_reached"], one["bed_minutes"]) == (Value(1), Value(528.0))
    assert (period["bed_reached"], period["bed_minutes"].value) == (Value(0), None)
    assert (one["intervened"], one["intervened_minutes"]) == (Value(1), Value(6.0))
    assert (one["referred"], one["referred_minutes"]) == (Value(1), Value(12.0))
    async with transaction(connection):
        await connection.execute("update referrals set ended_at = %s where code = 'T-1'", (Moment(at(1, 20)),))
    await county.settle()
    assert (await _figures(connection, "220102", 1))["referrals_open"] == Value(0)


async def test_a_cluster_is_timed_from_its_finding_on_the_day_of_each_step(connection: Connection) -> None:
    county = County(connection)
    facility_id = await county.home("K-2", "230103")
    await county.said("K-2", county.reading(at(1, 8)))
    for condition, hour in (("cluster", 9), ("first_case", 10), ("hypoxia", 11)):
        await _alert(connection, facility_id, at(1, hour), {}, condition=condition, severity=2)
    county.now = at(3, 12)
    await county.settle()
    for condition, step, when in (
        ("cluster", "verified", at(1, 10)),  # each five seconds later, as the finding was
        ("cluster", "told", at(1, 11)),
        ("cluster", "acted", at(2, 9)),
        ("cluster", "acted", at(2, 11)),  # the first counts
        ("first_case", "closed", at(2, 10)),  # before events were followed: nobody had verified it
    ):
        async with transaction(connection):
            await connection.execute(
                "insert into cluster_steps (alert_id, at, recorded_at, actor, step, words)"
                " select id, %s, %s, 'x', %s, 'x' from alerts where condition = %s and facility_id = %s",
                (Moment(when + 5_000), Moment(when + 5_000), step, condition, facility_id),
            )
    await county.settle()
    one, two = await _figures(connection, "230103", 1), await _figures(connection, "230103", 2)
    assert [one[f"events_{name}"].value for name in ("verified", "told", "acted", "closed")] == [1, 1, 0, 0]
    assert [one[f"events_{name}_minutes"].value for name in ("verified", "told", "acted")] == [60.0, 120.0, None]
    assert [two[name] for name in ("events_acted", "events_acted_minutes")] == [Value(1), Value(1_440.0)]
    assert [two[name].value for name in ("events_verified", "events_closed")] == [0, 0]


async def test_clusters_count_while_they_stand_and_the_last_word_on_an_alert_counts_with_it(
    connection: Connection,
) -> None:
    county = County(connection)
    facility_id = await county.home("K-1", "230102")
    await county.said("K-1", county.reading(at(1, 8)))
    await _alert(connection, facility_id, at(1, 9), {}, condition="cluster", severity=2)
    await _alert(connection, facility_id, at(1, 10), {}, severity=1)
    await _alert(connection, facility_id, at(1, 11), {}, condition="fever", severity=3)
    county.now = at(2, 12)
    await county.settle()
    one = await _figures(connection, "230102", 1)
    assert [one[name].value for name in ("clusters_found", "clusters_open", "assessed")] == [1, 1, 0]
    assert one["nonactionable_share"].value is None
    async with transaction(connection):
        for condition, verdict in (
            ("cluster", "false"),
            ("hypoxia", "false"),
            ("hypoxia", "nonactionable"),
            ("fever", "false"),  # P3 wakes nobody
        ):
            await connection.execute(
                "insert into alert_feedback (alert_id, at, actor, verdict)"
                " select id, %s, 'x', %s from alerts where condition = %s and facility_id = %s",
                (Moment(at(2, 9)), verdict, condition, facility_id),
            )
        await connection.execute(
            "update alerts set closed_at = %s where facility_id = %s and condition = 'cluster'",
            (Moment(at(2, 9)), facility_id),
        )
    await county.settle()
    one, two = await _figures(connection, "230102", 1), await _figures(connection, "230102", 2)
    assert [one[name].value for name in ("assessed", "nonactionable", "false_alarms")] == [2, 1, 1]
    assert [one[name].value for name in ("nonactionable_share", "assessed_share")] == [50.0, 100.0]
    assert [one["clusters_open"], two["clusters_found"], two["clusters_open"]] == [Value(1), Value(0), Value(0)]
