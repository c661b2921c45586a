-- name: mark_dirty_cases
-- Cases or reported days of these facilities have changed. A mark that is there already becomes a newer one.
insert into dirty_cases (facility_id) select unnest(%(ids)s::int[])
on conflict (facility_id) do update set mark = excluded.mark;

-- name: dirty_marks
-- What had changed in these facilities before it is read.
select facility_id, mark from dirty_cases where facility_id = any(%(ids)s);

-- name: regions
-- Every region that facilities registered, drills aside, and whether something changed there. Empty: nobody said.
select coalesce(f.region, ''), bool_or(d.facility_id is not null)
from facilities_now f
left join dirty_cases d on d.facility_id = f.id
where f.itself is null and not f.drill
group by 1
order by 1;

-- name: judged_until
-- The last day judged of each county.
select region, judged_until from case_regions;

-- name: judged_with
-- The last day judged of a county, and how many people were known then.
select judged_until, residents from case_regions where region = %(region)s;

-- name: forget_county
-- Nobody is counted under this code any more.
delete from case_regions where region = %(region)s;

-- name: claim_region
-- Nobody else judges this region until the transaction ends.
select pg_try_advisory_xact_lock(hashtext('case_regions'), hashtext(%(region)s));

-- name: facilities_of_regions
-- The facilities that registered one of these regions, drills aside, with how many people are known and where their
-- checks travel.
select f.id, f.code, f.partition,
    (select count(*) from residents r where r.facility_id = f.id and r.kind = 'resident')
from facilities_now f
where coalesce(f.region, '') = any(%(regions)s) and f.itself is null and not f.drill
order by f.code;

-- name: clean
-- What these marks stood for has been judged.
delete from dirty_cases d
using unnest(%(ids)s::int[], %(marks)s::bigint[]) v (id, mark)
where d.facility_id = v.id and d.mark = v.mark;

-- name: region_judged
-- A region is judged up to a day.
insert into case_regions (region, judged_until, residents) values (%(region)s, %(until)s, %(residents)s)
on conflict (region) do update set judged_until = greatest(case_regions.judged_until, excluded.judged_until),
    residents = excluded.residents;

-- name: cases_of_facilities
-- The signs of illness in some facilities since a time, in order.
select facility_id, observed_at, event_id, resident_id, staff, sign, said, unit from case_elements
where facility_id = any(%(ids)s) and observed_at >= %(since)s
order by observed_at, event_id;

-- name: days_of_facilities
-- The local days on which something was heard of some facilities.
select facility_id, day from reported_days where facility_id = any(%(ids)s) and day >= %(since)s;

-- name: save_score
-- The newest day judged of a facility.
insert into case_scores (facility_id, day, score, cases, days, expected, wave)
values (%(facility)s, %(day)s, %(score)s, %(cases)s, %(days)s, %(expected)s, %(wave)s)
on conflict (facility_id) do update set day = excluded.day, score = excluded.score, cases = excluded.cases,
    days = excluded.days, expected = excluded.expected, wave = excluded.wave;

-- name: facilities_in_excess
-- Those of these facilities that have an episode of a condition which stands or ended at or after a time.
select distinct facility_id from episodes
where facility_id = any(%(ids)s) and condition = %(condition)s and withdrawn_at is null
    and coalesce(ended_at, 9223372036854775807) >= %(since)s;

-- name: drop_case_days
-- Nothing is known of these days.
delete from case_days where facility_id = any(%(ids)s) and day between %(first)s and %(last)s;

-- name: add_case_days
-- New illnesses by the day they began.
insert into case_days (facility_id, day, cases)
select * from unnest(%(ids)s::int[], %(days)s::int[], %(cases)s::int[]);

-- name: tests_of
-- Tests and positives of these facilities by day, as they are summed up.
select day, sum(tests)::int, sum(positives)::int from facility_days
where facility_id = any(%(ids)s) and day between %(first)s and %(last)s
group by day;
