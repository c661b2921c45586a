-- name: happened
-- Something of ours is broken; the same again counts.
insert into technical_alerts (kind, subject, first_at, last_at, said)
values (%(kind)s, %(subject)s, %(at)s, %(at)s, %(said)s)
on conflict (kind, subject) where closed_at is null
do update set last_at = excluded.last_at, times = technical_alerts.times + 1, said = excluded.said;

-- name: open_ones
-- What is broken, the newest first.
select id, kind, subject, first_at, last_at, times, said, told_at from technical_alerts
where closed_at is null
order by last_at desc;

-- name: mended
-- It works again, or has not failed since a time.
update technical_alerts set closed_at = %(at)s where closed_at is null and kind = %(kind)s and last_at < %(before)s;
