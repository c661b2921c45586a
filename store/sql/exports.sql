-- name: export_is_there
-- The newest package of this region and day, if it has this content.
select number from (
    select number, digest from exports
    where receiver = %(receiver)s and region = %(region)s and day = %(day)s order by number desc limit 1
) newest where digest = %(digest)s;

-- name: next_export_number
-- The next number of a receiver; nobody else gets one before this transaction ends.
insert into export_receivers (receiver, last_number) values (%(receiver)s, 1)
on conflict (receiver) do update set last_number = export_receivers.last_number + 1
returning last_number;

-- name: add_export
-- A package that waits to be sent.
insert into exports (receiver, number, region, day, revision, digest, body, made_at)
values (%(receiver)s, %(number)s, %(region)s, %(day)s, %(revision)s, %(digest)s, %(body)s, %(now)s);

-- name: exports_waiting
-- What was not sent yet, in its order.
select receiver, number, region, day, revision, digest, body, made_at from exports
where receiver = %(receiver)s and sent_at is null
order by number limit %(limit)s;

-- name: export_sent
-- It was sent.
update exports set sent_at = %(now)s, last_error = null where receiver = %(receiver)s and number = %(number)s;

-- name: export_failed
-- It was not taken, and why.
update exports set last_error = %(error)s where receiver = %(receiver)s and number = %(number)s;

-- name: send_again
-- Packages of these days are to be sent once more, as they were.
update exports set sent_at = null where receiver = %(receiver)s and day between %(first)s and %(last)s and sent_at is not null;

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

-- name: take_number_back
-- The number just taken was not needed: the next one is the same.
update export_receivers set last_number = last_number - 1 where receiver = %(receiver)s;
