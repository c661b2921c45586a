-- name: add_step
-- Something was done about a cluster.
insert into cluster_steps (alert_id, at, recorded_at, actor, step, words, whom)
values (%(alert_id)s, %(at)s, %(recorded_at)s, %(actor)s, %(step)s, %(words)s, %(whom)s);

-- name: steps_of
-- What was done about a cluster, in the order in which it happened.
select alert_id, at, recorded_at, actor, step, words, whom from cluster_steps where alert_id = %(alert)s order by at, id;

-- name: open_clusters
-- The clusters of a reader that are not closed, the worst and then the oldest first, drills last.
select a.id, f.code, coalesce(f.name, ''), r.kind, r.code, f.itself, a.condition, a.severity, a.condition_state,
    f.zone, f.drill, a.code, t.found_at, t.verified_at, t.acted_at, t.told_at
from cluster_timings t
join alerts a on a.id = t.alert_id
join facilities_now f on f.id = a.facility_id
join residents r on r.id = a.resident_id
where t.closed_at is null and (f.code = any(%(codes)s::text[])
    or exists (select from unnest(%(regions)s::text[]) prefix where starts_with(coalesce(t.region, ''), prefix)))
order by f.drill, a.severity, t.found_at, a.id
limit 500;
