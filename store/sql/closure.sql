-- name: homes
-- Of a region's homes those with somebody positive in two weeks or not open: what a week says, and when the last one was.
with parts as (
    select facility_id, day, part, day > %(day)s - 7 or (day = %(day)s - 7 and part = 1) as is_week, region, heard,
        positives, positives_staff, hospitalised, deaths, tests, checks_due, checks_done, antiviral_short,
        operating_restricted, operating_closed
    from facility_parts
    where starts_with(region, %(prefix)s) and day between %(day)s - 14 and %(day)s
        and (day > %(day)s - 14 or part = 1) and (day < %(day)s or part = 0)
), facts as (
    select facility_id,
        (sum(positives) filter (where is_week))::int as positives,
        (sum(positives_staff) filter (where is_week))::int as positives_staff,
        max(day) filter (where positives > 0 or positives_staff > 0) as last_positive,
        (sum(hospitalised) filter (where is_week))::int as hospitalised,
        (sum(deaths) filter (where is_week))::int as deaths,
        (sum(tests) filter (where is_week))::int as tests,
        (sum(checks_due) filter (where is_week))::int as checks_due,
        (sum(checks_done) filter (where is_week))::int as checks_done,
        count(distinct day) filter (where heard > 0)::int as days_heard,
        (array_agg(antiviral_short order by day desc, part desc))[1] as antiviral_short,
        (array_agg(operating_restricted order by day desc, part desc))[1] as restricted,
        (array_agg(operating_closed order by day desc, part desc))[1] as closed
    from parts group by facility_id
)
select f.code, coalesce(f.name, f.code), t.positives, t.positives_staff, t.last_positive, t.hospitalised, t.deaths, t.tests,
    t.checks_due, t.checks_done, t.days_heard, t.antiviral_short,
    case when t.closed > 0 then 'closed' when t.restricted > 0 then 'restricted' end
from facts t
join facilities_now f on f.id = t.facility_id
where not f.drill and (t.last_positive is not null or t.closed > 0 or t.restricted > 0)
order by coalesce(t.positives, 0) + coalesce(t.positives_staff, 0) desc, f.code;
