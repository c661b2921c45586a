-- name: drop_overtaken
-- What need not be told any more: somebody has the alert in hand; or, if it was not tried yet, it is over or too old.
-- What fell silent after it was acknowledged is latched: nobody has it in hand.
update deliveries d set status = 'not_told', not_told_reason = case
        when a.acknowledged_at is not null and a.signal <> 'latched' then 'acknowledged by ' || a.acknowledged_by || ' before it was sent'
        when a.closed_at is not null then 'closed before it was sent'
        else 'too old when it could be sent'
    end
from alerts a
where a.id = d.alert_id and d.status = 'due' and d.kind in ('alarm', 'reminder', 'escalation')
    and (a.acknowledged_at is not null and a.signal <> 'latched' or d.attempts = 0 and (a.closed_at is not null or d.created_at < %(too_old)s));

-- name: places
-- Channels and addresses for which something is due, the most urgent first; so many of each channel, for one that is at its
-- limit must not keep the others waiting.
select channel, address
from (
    select channel, address, min(severity) as severity, min(id) as id,
        row_number() over (partition by channel order by min(severity), min(id)) as place
    from deliveries
    where status in ('due', 'sending') and next_attempt_at <= %(now)s
    group by channel, address
) due
where place <= %(limit)s
order by severity, id;

-- name: digest_waits
-- Something for a digest waits at this place.
select exists (
    select from deliveries
    where channel = %(channel)s and address = %(address)s and status in ('due', 'sending') and digest is null
        and (severity > 1 or in_digest)
);

-- name: lock_singles
-- What goes in a message of its own, in order: nothing overtakes an earlier telling of the same alert to the same address.
select id, alert_id, transition_id, recipient_id, channel, address, kind, severity, status, not_told_reason, attempts,
    next_attempt_at, idempotency_key, created_at, sent_at, last_error, person, role, note,
    fallbacks, digest
from deliveries c
where c.channel = %(channel)s and c.address = %(address)s and c.status in ('due', 'sending') and c.digest is null
    and c.next_attempt_at <= %(now)s and (%(everything)s or c.severity = 1 and not c.in_digest) and not exists (
        select from deliveries e
        where e.alert_id = c.alert_id and e.channel = c.channel and e.address = c.address
            and e.id < c.id and e.status in ('due', 'sending')
    )
order by c.severity, c.id
limit %(limit)s
for update skip locked;

-- name: lock_for_digest
-- What may go together, in order: nothing overtakes an earlier telling of the same alert to the same address.
select id, alert_id, transition_id, recipient_id, channel, address, kind, severity, status, not_told_reason, attempts,
    next_attempt_at, idempotency_key, created_at, sent_at, last_error, person, role, note,
    fallbacks, digest
from deliveries c
where c.channel = %(channel)s and c.address = %(address)s and c.status in ('due', 'sending') and c.digest is null
    and c.next_attempt_at <= %(now)s and (c.severity > 1 or c.in_digest) and not exists (
        select from deliveries e
        where e.alert_id = c.alert_id and e.channel = c.channel and e.address = c.address
            and e.id < c.id and e.status in ('due', 'sending')
    )
order by c.severity, c.id
limit %(limit)s
for update skip locked;

-- name: digest_again
-- A digest that was not delivered, or whose sender died: the same tellings go again under the same key.
select id, alert_id, transition_id, recipient_id, channel, address, kind, severity, status, not_told_reason, attempts,
    next_attempt_at, idempotency_key, created_at, sent_at, last_error, person, role, note,
    fallbacks, digest
from deliveries c
where c.status in ('due', 'sending') and c.next_attempt_at <= %(now)s and c.channel = %(channel)s
    and c.address = %(address)s and c.digest = (
        select min(digest) from deliveries
        where channel = %(channel)s and address = %(address)s and status in ('due', 'sending')
            and next_attempt_at <= %(now)s
    )
order by c.severity, c.id
for update;

-- name: claim
-- These are being sent by us until the lease ends; those that go in one message are marked.
update deliveries set status = 'sending', attempts = attempts + 1, next_attempt_at = %(lease_until)s,
    digest = coalesce(digest, %(digest)s)
where id = any(%(ids)s)
returning id, alert_id, transition_id, recipient_id, channel, address, kind, severity, status, not_told_reason, attempts,
    next_attempt_at, idempotency_key, created_at, sent_at, last_error, person, role, note,
    fallbacks, digest;

-- name: leave_to_digest
-- The channel is at its limit: these are named in a digest instead of a message of their own.
update deliveries set in_digest = true where id = any(%(ids)s);

-- name: pass_on
-- The channel is at its limit: these are told on the next channel instead.
update deliveries set status = 'not_told', not_told_reason = %(reason)s where id = any(%(ids)s);
