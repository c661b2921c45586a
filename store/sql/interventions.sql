-- name: add_intervention
-- Something was done because of an alert.
insert into interventions (alert_id, at, recorded_at, actor, kind, detail)
values (%(alert_id)s, %(at)s, %(recorded_at)s, %(actor)s, %(kind)s, %(detail)s);

-- name: interventions_of
-- What was done because of an alert, in order.
select alert_id, at, recorded_at, actor, kind, detail from interventions where alert_id = %(alert)s order by at, id;

-- name: timings
-- The four times of the alerts of a region that opened in a period. Drills are none.
select v.alert_id, f.code, v.region, v.severity, v.found_at, v.recognised_at, v.intervened_at, v.referred_at
from alert_timings v
join facilities f on f.id = v.facility_id
where v.opened_at >= %(since)s and v.opened_at < %(until)s and v.severity <= %(worst)s
    and starts_with(coalesce(v.region, ''), %(region)s) and not coalesce(v.drill, false)
order by v.opened_at, v.alert_id;

-- name: times_by_region
-- The same summed up by region: numbers, and medians of the intervals of which both ends happened.
with t as (
    select left(coalesce(region, ''), %(digits)s::int) as place, found_at, recognised_at, intervened_at, referred_at
    from alert_timings
    where opened_at >= %(since)s and opened_at < %(until)s and severity <= %(worst)s
        and starts_with(coalesce(region, ''), %(region)s) and not coalesce(drill, false)
)
select place, count(*), count(recognised_at), count(intervened_at), count(referred_at),
    percentile_cont(0.5) within group (order by extract(epoch from recognised_at - found_at)::float8)
        filter (where recognised_at >= found_at),
    percentile_cont(0.5) within group (order by extract(epoch from intervened_at - recognised_at)::float8)
        filter (where intervened_at >= recognised_at),
    percentile_cont(0.5) within group (order by extract(epoch from referred_at - intervened_at)::float8)
        filter (where referred_at >= intervened_at),
    percentile_cont(0.5) within group (order by extract(epoch from referred_at - found_at)::float8)
        filter (where referred_at >= found_at)
from t
group by place
order by place;
