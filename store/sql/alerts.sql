-- name: lock_open_alerts
-- The open alerts of these residents, locked in one order for everybody.
select {columns}
from alerts
where resident_id = any(%(residents)s) and closed_at is null
order by resident_id, condition
for update;

-- name: lock_alerts
-- These alerts, locked in one order for everybody.
select {columns}
from alerts
where id = any(%(ids)s)
order by resident_id, condition
for update;

-- name: claim_escalations
-- Alerts of which somebody must look who is told next, the longest due first; nobody waits for one.
select {columns}
from alerts
where next_escalation_at <= %(now)s
order by next_escalation_at
limit %(limit)s
for update skip locked;

-- name: places_of
-- Where these alerts are, and the last that happened to each.
select a.id, f.code, f.region, f.zone, f.drill, last.id, coalesce(last.origin = 'backfill', false), f.itself is not null
from alerts a
left join lateral (select id, origin from transitions where alert_id = a.id order by id desc limit 1) last on true
join facilities_now f on f.id = a.facility_id
where a.id = any(%(ids)s);

-- name: save_alert
-- An alert as it is now; of one resident and condition only one is open.
insert into alerts (
    id, facility_id, resident_id, condition, severity, rule, condition_state, signal, responsibility, opened_at,
    last_transition_at, closed_at, acknowledged_by, acknowledged_at, acknowledged_comment, reason_zh, reason_en, code,
    episodes, alarm_at, step, next_escalation_at, responsible,
    responsible_at, acknowledged_until, snoozed_by, snoozed_until, snooze_reason, snooze_announced,
    lapsed
) values (
    %(id)s, %(facility_id)s, %(resident_id)s, %(condition)s, %(severity)s, %(rule)s, %(condition_state)s,
    %(signal)s, %(responsibility)s, %(opened_at)s, %(last_transition_at)s, %(closed_at)s, %(acknowledged_by)s,
    %(acknowledged_at)s, %(acknowledged_comment)s, %(reason_zh)s, %(reason_en)s, %(code)s,
    %(episodes)s, %(alarm_at)s, %(step)s, %(next_escalation_at)s, %(responsible)s, %(responsible_at)s,
    %(acknowledged_until)s, %(snoozed_by)s, %(snoozed_until)s, %(snooze_reason)s, %(snooze_announced)s, %(lapsed)s
) on conflict (id) do update set
    severity = excluded.severity,
    rule = excluded.rule,
    condition_state = excluded.condition_state,
    signal = excluded.signal,
    responsibility = excluded.responsibility,
    last_transition_at = excluded.last_transition_at,
    closed_at = excluded.closed_at,
    acknowledged_by = excluded.acknowledged_by,
    acknowledged_at = excluded.acknowledged_at,
    acknowledged_comment = excluded.acknowledged_comment,
    reason_zh = excluded.reason_zh,
    reason_en = excluded.reason_en,
    episodes = excluded.episodes,
    alarm_at = excluded.alarm_at,
    step = excluded.step,
    next_escalation_at = excluded.next_escalation_at,
    responsible = excluded.responsible,
    responsible_at = excluded.responsible_at,
    acknowledged_until = excluded.acknowledged_until,
    snoozed_by = excluded.snoozed_by,
    snoozed_until = excluded.snoozed_until,
    snooze_reason = excluded.snooze_reason,
    snooze_announced = excluded.snooze_announced,
    lapsed = excluded.lapsed;

-- name: open_alerts
-- What is open, the worst and then the newest first; null: everywhere.
select {columns}
from alerts
where closed_at is null and (%(facility)s::int is null or facility_id = %(facility)s)
order by severity, opened_at desc
limit %(limit)s;

-- name: open_of
-- What is open of one resident, the worst first.
select {columns}
from alerts where resident_id = %(resident)s and closed_at is null
order by severity, opened_at;

-- name: alerts_since
-- The alerts of a facility to which something happened at or after a time, in that order.
select {columns}
from alerts
where facility_id = %(facility)s and last_transition_at >= %(since)s
order by last_transition_at, id
limit %(limit)s;

-- name: add_action
-- Somebody did something about an alert.
insert into alert_actions (alert_id, at, actor, action, comment, entered_by)
values (%(alert_id)s, %(at)s, %(actor)s, %(action)s, %(comment)s, %(entered_by)s);

-- name: actions_of
-- What people did about an alert, in order.
select alert_id, at, actor, action, comment, entered_by from alert_actions where alert_id = %(alert)s order by id;

-- name: codes_in_use
-- The codes of open alerts of these facilities.
select facility_id, code from alerts where facility_id = any(%(facilities)s) and closed_at is null and code is not null;

-- name: silent_in
-- Of each county: the most facilities, drills aside, that fell silent within a time of each other and still are, of how many.
with homes as materialized (
    select id, region from facilities_now where itself is null and not drill
), places as (
    select c as county, h.id from unnest(%(counties)s::text[]) c join homes h on starts_with(h.region, c)
), silent as (
    select p.county, a.opened_at from places p
    join alerts a on a.facility_id = p.id and a.closed_at is null
    where a.condition = 'facility_silent' and a.condition_state = 'present'
)
select p.county, coalesce((
        select max((
            select count(*) from silent o
            where o.county = p.county and o.opened_at between s.opened_at and s.opened_at + %(within)s::interval
        ))
        from silent s where s.county = p.county
    ), 0), count(*)
from places p
group by p.county;

-- name: homes
-- Every registered facility as a place where an alert may be.
select id, code, region, zone, drill from facilities_now where recorded_at is not null
order by code;

-- name: tell_what_stands
-- P1 that was found again after the database was set back, stands, and waits for nobody: its ladder begins.
update alerts a set alarm_at = %(now)s, step = 0, next_escalation_at = %(now)s
from facilities f
where f.id = a.facility_id and f.partition = any(%(partitions)s) and a.closed_at is null and a.severity = 1
    and a.condition_state = 'present' and a.signal = 'on' and a.next_escalation_at is null;

-- name: tell_what_goes_on
-- What was found in checks of the past stands in checks of now: its ladder begins.
update alerts set alarm_at = %(now)s, step = 0, next_escalation_at = %(now)s
where resident_id = any(%(residents)s) and closed_at is null and severity <= 2 and condition_state = 'present'
    and signal = 'on' and acknowledged_at is null and next_escalation_at is null;

-- name: elsewhere
-- Of these alerts those whose resident was last seen to be elsewhere, and how: by a check-in, or a step of a referral.
select a.id, word.said
from alerts a
cross join lateral (
    (
        -- Backwards from now: the last reading or check-in of a resident is among the newest of the facility.
        select case o.presence when 2 then 'hospital' when 5 then 'discharged' when 6 then 'transferred' when 7 then 'died' end
            as said, o.observed_at as at
        from observations o
        where o.facility_id = a.facility_id and o.resident_id = a.resident_id and o.effect = 0 and o.fate <> 5
            and (o.type = 1 or o.presence is not null)
            and o.observed_at between a.opened_at - interval '1 day' and %(now)s
        order by o.observed_at desc
        limit 1
    )
    union all
    (
        select case s.step when 'returned' then null when 'died' then 'died' else 'hospital' end, s.at
        from referral_steps s
        where s.facility_id = a.facility_id and s.resident_id = a.resident_id and s.at between a.opened_at and %(now)s
            and s.step in ('arrived', 'admitted', 'returned', 'died')
        order by s.at desc, s.recorded_at desc
        limit 1
    )
    order by at desc
    limit 1
) word
where a.id = any(%(ids)s) and a.condition_state = 'present' and a.condition = any(%(conditions)s) and word.said is not null;
