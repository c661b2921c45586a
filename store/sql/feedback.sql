-- name: add_feedback
-- Somebody said whether an alert was true.
insert into alert_feedback (alert_id, at, actor, verdict, comment)
values (%(alert_id)s, %(at)s, %(actor)s, %(verdict)s, %(comment)s);

-- name: last_feedback
-- What was said last of an alert.
select alert_id, at, actor, verdict, comment from alert_feedback where alert_id = %(alert)s order by id desc limit 1;

-- name: of_facility
-- What was said last of each alert of a facility that opened since a time: whose, of what, when it stood, was it true.
select distinct on (a.id) a.resident_id, a.condition, a.opened_at, g.verdict
from alerts a join alert_feedback g on g.alert_id = a.id
where a.facility_id = %(facility)s and a.opened_at >= %(since)s
order by a.id, g.id desc;

-- name: rates
-- Per rule, region and month: alerts that opened, and what was said last of each; drills aside.
with said as (
    select distinct on (a.id) a.id, a.rule, a.opened_at, f.region, g.verdict
    from alerts a
    join facilities_now f on f.id = a.facility_id
    left join alert_feedback g on g.alert_id = a.id
    where a.opened_at >= %(since)s and a.opened_at < %(until)s and not f.drill
        and starts_with(coalesce(f.region, ''), %(region)s)
    order by a.id, g.id desc
)
select rule, left(region, %(digits)s), to_char(opened_at at time zone 'Asia/Shanghai', 'YYYY-MM'), count(*),
    count(*) filter (where verdict = 'true'), count(*) filter (where verdict = 'false'),
    count(*) filter (where verdict = 'unsure'), count(*) filter (where verdict = 'nonactionable')
from said
group by 1, 2, 3
order by 1, 2, 3;
