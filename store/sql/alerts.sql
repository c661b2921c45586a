-- name: lock_open_alerts
-- The open alerts of these residents, locked in one order for everybody.
select id, facility_id, resident_id, condition, severity, rule, condition_state, signal, responsibility,
    opened_at, last_transition_at, closed_at, acknowledged_by, acknowledged_at, acknowledged_comment,
    reason_zh, reason_en, code, episodes
from alerts
where resident_id = any(%(residents)s) and closed_at is null
order by resident_id, condition
for update;

-- name: lock_alert
-- One alert, locked.
select id, facility_id, resident_id, condition, severity, rule, condition_state, signal, responsibility,
    opened_at, last_transition_at, closed_at, acknowledged_by, acknowledged_at, acknowledged_comment,
    reason_zh, reason_en, code, episodes
from alerts
where id = %(id)s
for update;

-- name: save_alert
-- An alert as it is now; of one resident and condition only one is open.
insert into alerts (
    id, facility_id, resident_id, condition, severity, rule, condition_state, signal, responsibility, opened_at,
    last_transition_at, closed_at, acknowledged_by, acknowledged_at, acknowledged_comment, reason_zh, reason_en, code,
    episodes
) values (
    %(id)s, %(facility_id)s, %(resident_id)s, %(condition)s, %(severity)s, %(rule)s, %(condition_state)s,
    %(signal)s, %(responsibility)s, %(opened_at)s, %(last_transition_at)s, %(closed_at)s, %(acknowledged_by)s,
    %(acknowledged_at)s, %(acknowledged_comment)s, %(reason_zh)s, %(reason_en)s, %(code)s,
    %(episodes)s
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
    episodes = excluded.episodes;

-- name: open_alerts
-- What is open, the worst and then the newest first; null: everywhere.
select id, facility_id, resident_id, condition, severity, rule, condition_state, signal, responsibility,
    opened_at, last_transition_at, closed_at, acknowledged_by, acknowledged_at, acknowledged_comment,
    reason_zh, reason_en, code, episodes
from alerts
where closed_at is null and (%(facility)s::int is null or facility_id = %(facility)s)
order by severity, opened_at desc
limit %(limit)s;

-- name: alerts_since
-- The alerts of a facility to which something happened at or after a time, in that order.
select id, facility_id, resident_id, condition, severity, rule, condition_state, signal, responsibility,
    opened_at, last_transition_at, closed_at, acknowledged_by, acknowledged_at, acknowledged_comment,
    reason_zh, reason_en, code, episodes
from alerts
where facility_id = %(facility)s and last_transition_at >= %(since)s
order by last_transition_at, id
limit %(limit)s;

-- name: add_action
-- Somebody did something about an alert.
insert into alert_actions (alert_id, at, actor, action, comment)
values (%(alert_id)s, %(at)s, %(actor)s, %(action)s, %(comment)s);

-- name: actions_of
-- What people did about an alert, in order.
select alert_id, at, actor, action, comment from alert_actions where alert_id = %(alert)s order by id;

-- name: codes_in_use
-- The codes of open alerts of these facilities.
select facility_id, code from alerts where facility_id = any(%(facilities)s) and closed_at is null and code is not null;
