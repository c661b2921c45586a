-- name: start_clock
-- A clock runs from now on; one that has started stays as it is.
insert into reporting_clocks (alert_id, clock, facility_id, started_at, due_at, next_at)
values (%(alert_id)s, %(clock)s, %(facility_id)s, %(started_at)s, %(due_at)s, %(next_at)s)
on conflict do nothing;

-- name: reported
-- When laboratories reported these tests, where the messages say so; not before the specimen, nor after it came to us.
select least(greatest((o.rest ->> 'reported_at')::timestamptz, o.observed_at), o.received_at)
from observations o
join unnest(%(times)s::timestamptz[], %(ids)s::uuid[]) k (at, id) on o.observed_at = k.at and o.event_id = k.id
where o.rest ->> 'reported_at' is not null;

-- name: running
-- The same clock of every positive of a facility, where it runs.
select c.alert_id, c.clock, c.facility_id, c.started_at, c.due_at, c.next_at
from reporting_clocks c
where c.facility_id = %(facility)s and c.clock = %(clock)s and c.report_id is null
order by c.started_at
for update;

-- name: add_report
-- Somebody has reported.
insert into reports_made (facility_id, clock, at, recorded_at, actor, whom, words)
values (%(facility_id)s, %(clock)s, %(at)s, %(recorded_at)s, %(actor)s, %(whom)s, %(words)s)
returning id;

-- name: stop_clocks
-- This report was made in their time, or after it.
update reporting_clocks set report_id = %(report)s, next_at = null
where clock = %(clock)s and alert_id = any(%(alerts)s);

-- name: claim_clocks
-- Clocks of which somebody must be told now; nobody waits for one. What was taken back needs no report.
with due as (
    select alert_id, clock from reporting_clocks
    where next_at <= %(now)s
    order by next_at
    limit %(limit)s
    for update skip locked
), taken_back as (
    update reporting_clocks c set next_at = null
    from due
    where c.alert_id = due.alert_id and c.clock = due.clock and (
        select kind from transitions where alert_id = c.alert_id order by id desc limit 1
    ) = 'withdrawn'
    returning c.alert_id, c.clock
)
select c.alert_id, c.clock, c.facility_id, c.started_at, c.due_at, c.next_at
from due
join reporting_clocks c on c.alert_id = due.alert_id and c.clock = due.clock
where not exists (select from taken_back t where t.alert_id = c.alert_id and t.clock = c.clock)
order by c.due_at, c.alert_id;

-- name: look_again
-- When the next one is told of it; null: nobody any more.
update reporting_clocks set next_at = %(at)s where alert_id = %(alert)s and clock = %(clock)s;

-- name: clocks_of
-- The clocks of an alert, with what stopped each.
select c.clock, c.started_at, c.due_at, r.at, r.recorded_at, r.actor, r.whom, r.words
from reporting_clocks c left join reports_made r on r.id = c.report_id
where c.alert_id = %(alert)s
order by c.started_at, c.due_at;
