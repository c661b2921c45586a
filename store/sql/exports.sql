-- name: claim_receiver
-- Nobody else makes packages for a receiver before this transaction ends.
insert into export_receivers (receiver, last_number) values (%(receiver)s, 0)
on conflict (receiver) do update set last_number = export_receivers.last_number;

-- name: claim_sending
-- Nobody else sends to a receiver until the connection ends.
select pg_try_advisory_lock(hashtext('exports'), hashtext(%(receiver)s));

-- name: newest_export
-- What was said last of a region and day.
select number, revision, coalesce(said, digest) from exports
where receiver = %(receiver)s and region = %(region)s and day = %(day)s order by number desc limit 1;

-- name: told_otherwise
-- Regions and days that are told otherwise by now: frozen anew since their newest package, or, over but not frozen, counted
-- so far and perhaps counted on.
select n.region, n.day from (
    select distinct on (region, day) region, day, revision from exports
    where receiver = %(receiver)s order by region, day, number desc
) n
cross join lateral (
    select max(revision) as revision from dispatches where region = n.region and day = n.day
) d
where d.revision > coalesce(n.revision, 0)
    or n.revision is null and d.revision is null and n.day >= %(since)s and n.day < %(today)s
order by n.day, n.region;

-- name: add_export
-- A package that waits to be sent, under the receiver's next number.
with next as (
    update export_receivers set last_number = last_number + 1 where receiver = %(receiver)s returning last_number
)
insert into exports (receiver, number, region, day, revision, digest, body, made_at, said, replaces)
select %(receiver)s, last_number, %(region)s, %(day)s, %(revision)s, %(digest)s, %(body)s, %(now)s, %(said)s, %(replaces)s
from next
returning number;

-- name: exports_waiting
-- What was not sent yet, in its order.
select receiver, number, region, day, revision, digest, body, made_at from exports
where receiver = %(receiver)s and sent_at is null and set_aside_by is null
order by number limit %(limit)s;

-- name: export_sent
-- It was sent.
update exports set sent_at = %(now)s, last_error = null where receiver = %(receiver)s and number = %(number)s;

-- name: export_failed
-- It was not taken, and why.
update exports set last_error = %(error)s where receiver = %(receiver)s and number = %(number)s;

-- name: send_again
-- Packages of these days are to be sent once more, as they were, also those set aside.
update exports set sent_at = null, set_aside_by = null, set_aside_why = null
where receiver = %(receiver)s and day between %(first)s and %(last)s
    and (sent_at is not null or set_aside_by is not null);

-- name: set_aside
-- A package that the receiver does not take is not sent; what follows it is.
update exports set set_aside_by = %(by)s, set_aside_why = %(why)s
where receiver = %(receiver)s and number = %(number)s and sent_at is null and set_aside_by is null;

-- name: standing
-- Of each receiver: the newest package sent, how many wait, the first of them with what was said of it, those set aside.
select r.receiver, r.last_number, (select max(number) from exports e where e.receiver = r.receiver and e.sent_at is not null),
    (select count(*) from exports e where e.receiver = r.receiver and e.sent_at is null and e.set_aside_by is null),
    f.number, f.made_at, f.last_error,
    array(select number from exports e where e.receiver = r.receiver and e.set_aside_by is not null order by number)
from export_receivers r
left join lateral (
    select number, made_at, last_error from exports
    where receiver = r.receiver and sent_at is null and set_aside_by is null order by number limit 1
) f on true
where %(receiver)s::text is null or r.receiver = %(receiver)s
order by r.receiver;

-- name: export_received
-- The receiver says that it has this content under this number.
update exports set received_at = coalesce(received_at, %(at)s)
where receiver = %(receiver)s and number = %(number)s and digest = %(digest)s;

-- name: without_receipt
-- Numbers that were sent and for which no receipt came, though one came for a later number.
select number from exports e
where receiver = %(receiver)s and sent_at is not null and received_at is null
    and number < (select max(number) from exports l where l.receiver = e.receiver and l.received_at is not null)
order by number;
