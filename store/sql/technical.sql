-- name: happened
-- Something of ours is broken; the same again counts.
insert into technical_alerts (kind, subject, first_at, last_at, said, alert_id)
values (%(kind)s, %(subject)s, %(at)s, %(at)s, %(said)s, %(alert_id)s)
on conflict (kind, subject) where closed_at is null
do update set last_at = excluded.last_at, times = technical_alerts.times + 1, said = excluded.said,
    alert_id = case when excluded.kind = 'county' then technical_alerts.alert_id else excluded.alert_id end;

-- name: open_ones
-- What is broken, the newest first.
select id, kind, subject, first_at, last_at, times, said, told_at, alert_id from technical_alerts
where closed_at is null
order by last_at desc;

-- name: mended
-- It works again, or has not failed since a time.
update technical_alerts set closed_at = %(at)s where closed_at is null and kind = %(kind)s and last_at < %(before)s;

-- name: close
-- It is over, unless somebody else has said so.
update technical_alerts set closed_at = %(at)s where id = %(id)s and closed_at is null;

-- name: well_again
-- One thing works again.
update technical_alerts set closed_at = %(at)s where closed_at is null and kind = %(kind)s and subject = %(subject)s;

-- name: claim_untold
-- What is broken and hindered an alert, and nobody has been told of since a time; nobody waits for one.
update technical_alerts set told_at = %(now)s
where id in (
    select id from technical_alerts
    where closed_at is null and alert_id is not null
        -- A county is told of once, and once more when it is back.
        and (told_at is null or kind <> 'county' and told_at < %(told_before)s and last_at > told_at)
    order by id
    for update skip locked
)
returning id, kind, subject, first_at, last_at, times, said, told_at, alert_id;
