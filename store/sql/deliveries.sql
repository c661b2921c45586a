-- name: add_delivery
-- Somebody is to be told, or was not told for a reason; the same telling twice is one.
insert into deliveries (
    alert_id, transition_id, recipient_id, channel, address, kind, severity, status, not_told_reason, next_attempt_at,
    idempotency_key, created_at, person, role, note, fallbacks
) values (
    %(alert_id)s, %(transition_id)s, %(recipient_id)s, %(channel)s, %(address)s, %(kind)s, %(severity)s, %(status)s,
    %(not_told_reason)s, %(next_attempt_at)s, %(idempotency_key)s, %(created_at)s, %(person)s, %(role)s, %(note)s,
    %(fallbacks)s
) on conflict do nothing;

-- name: finish_delivery
-- A claimed telling was sent, is to be tried again, or failed for good; one that lost its claim stays as it is.
update deliveries set status = %(status)s, next_attempt_at = coalesce(%(next_attempt_at)s, next_attempt_at),
    sent_at = %(sent_at)s, last_error = %(error)s
where id = %(id)s and status = 'sending' and attempts = %(attempts)s;

-- name: deliveries_of
-- Who was told of these alerts, and who was not and why, in order.
select id, alert_id, transition_id, recipient_id, channel, address, kind, severity, status, not_told_reason, attempts,
    next_attempt_at, idempotency_key, created_at, sent_at, last_error, person, role, note,
    fallbacks, digest
from deliveries
where alert_id = any(%(alerts)s)
order by id;

-- name: take_back
-- Of these alerts nothing is told that nobody has tried to tell yet.
update deliveries set status = 'not_told', not_told_reason = %(reason)s
where alert_id = any(%(alerts)s) and status = 'due' and attempts = 0 and kind in ('alarm', 'all_clear', 'reminder', 'escalation', 'silence_ends', 'not_reached');

-- name: backlog
-- How many tellings wait, and since when the oldest has been due.
select count(*), min(next_attempt_at) from deliveries where status in ('due', 'sending');

-- name: recent
-- Of how many P1 and P2 alerts people were told since a time, by condition and facility, drills aside.
select d.person, a.condition, a.facility_id, count(distinct d.alert_id)
from deliveries d join alerts a on a.id = d.alert_id
join facilities_now f on f.id = a.facility_id
where not f.drill and d.created_at > %(since)s and d.severity <= 2 and d.status <> 'not_told' and d.person is not null
    and d.kind in ('alarm', 'escalation', 'reminder')
group by d.person, a.condition, a.facility_id;
