-- name: add_delivery
-- Somebody is to be told, or was not told for a reason; the same telling twice is one.
insert into deliveries (
    alert_id, transition_id, recipient_id, channel, address, kind, status, not_told_reason, next_attempt_at,
    idempotency_key
) values (
    %(alert_id)s, %(transition_id)s, %(recipient_id)s, %(channel)s, %(address)s, %(kind)s, %(status)s,
    %(not_told_reason)s, %(next_attempt_at)s, %(idempotency_key)s
) on conflict do nothing;

-- name: claim_deliveries
-- What is due and nobody else holds, in order: nothing overtakes an earlier telling of the same alert to the same address.
update deliveries d set status = 'sending', attempts = attempts + 1, next_attempt_at = %(lease_until)s
from (
    select id from deliveries c
    where c.status in ('due', 'sending') and c.next_attempt_at <= %(now)s and not exists (
        select from deliveries e
        where e.alert_id = c.alert_id and e.channel = c.channel and e.address = c.address
            and e.id < c.id and e.status in ('due', 'sending')
    )
    order by c.id
    limit %(limit)s
    for update skip locked
) claimed
where d.id = claimed.id
returning d.id, d.alert_id, d.transition_id, d.recipient_id, d.channel, d.address, d.kind, d.status,
    d.not_told_reason, d.attempts, d.next_attempt_at, d.idempotency_key, d.created_at, d.sent_at, d.last_error;

-- name: finish_delivery
-- A claimed telling was sent, is to be tried again, or failed for good; one that lost its claim stays as it is.
update deliveries set status = %(status)s, next_attempt_at = coalesce(%(next_attempt_at)s, next_attempt_at),
    sent_at = %(sent_at)s, last_error = %(error)s
where id = %(id)s and status = 'sending' and attempts = %(attempts)s;

-- name: deliveries_of
-- Who was told of these alerts, and who was not and why, in order.
select id, alert_id, transition_id, recipient_id, channel, address, kind, status,
    not_told_reason, attempts, next_attempt_at, idempotency_key, created_at, sent_at, last_error
from deliveries
where alert_id = any(%(alerts)s)
order by id;

-- name: backlog
-- How many tellings wait, and since when the oldest has been due.
select count(*), min(next_attempt_at) from deliveries where status in ('due', 'sending');
