-- name: registered
-- The regions that facilities registered.
select distinct region from facilities_now where itself is null and region is not null
order by 1;

-- name: judged_until
-- The last day judged of a county; nothing: it never was.
select judged_until from case_regions where region = %(region)s;

-- name: weeks
-- Of each facility that registered one of these regions: its people, what it reported in the two weeks that end on a day,
-- its newest evidence, and what is open of it or its units. Drills are none.
select f.code, f.name, (select count(*) from residents r where r.facility_id = f.id and r.kind = 'resident'),
    coalesce(c.recent, 0), coalesce(c.before, 0), coalesce(d.recent, 0), coalesce(d.before, 0),
    s.score, coalesce(s.wave, false),
    array(
        select distinct a.condition from alerts a join residents r on r.id = a.resident_id
        where a.facility_id = f.id and a.closed_at is null and a.condition_state = 'present'
            and r.kind in ('facility', 'unit') and a.condition = any(%(conditions)s)
        order by 1
    )
from facilities_now f
left join lateral (
    select sum(cases) filter (where day > %(until)s - 7) as recent, sum(cases) filter (where day <= %(until)s - 7) as before
    from case_days where facility_id = f.id and day between %(until)s - 13 and %(until)s
) c on true
left join lateral (
    select count(*) filter (where day > %(until)s - 7) as recent, count(*) filter (where day <= %(until)s - 7) as before
    from (
        select day from reported_days where facility_id = f.id and day between %(until)s - 13 and %(until)s
        union
        select day from case_days where facility_id = f.id and day between %(until)s - 13 and %(until)s
    ) days
) d on true
left join case_scores s on s.facility_id = f.id and s.day = %(until)s
where f.itself is null and f.region = any(%(regions)s) and not f.drill
order by f.code;
