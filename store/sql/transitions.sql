-- name: add_transition
-- Something happened to an episode.
insert into transitions (
    id, episode_id, alert_id, facility_id, resident_id, at, recorded_at, kind, condition, severity, rule, rule_version,
    reason_zh, reason_en, evidence, origin
) values (
    %(id)s, %(episode_id)s, %(alert_id)s, %(facility_id)s, %(resident_id)s, %(at)s, %(recorded_at)s, %(kind)s,
    %(condition)s, %(severity)s, %(rule)s, %(rule_version)s, %(reason_zh)s, %(reason_en)s, %(evidence)s, %(origin)s
);

-- name: transitions_of_alerts
-- The whole course of these alerts, in order.
select id, episode_id, alert_id, facility_id, resident_id, at, recorded_at, kind, condition, severity, rule,
    rule_version, reason_zh, reason_en, evidence, origin
from transitions
where alert_id = any(%(alerts)s)
order by id;

-- name: transitions_since
-- What happened in a facility after a transition, in order.
select id, episode_id, alert_id, facility_id, resident_id, at, recorded_at, kind, condition, severity, rule,
    rule_version, reason_zh, reason_en, evidence, origin
from transitions
where facility_id = %(facility)s and id > %(after)s
order by id
limit %(limit)s;
