-- name: telling
-- What somebody was told, to be answered: by the telling itself.
select d.id, d.alert_id, coalesce(d.person, d.address), r.answer
from deliveries d left join receipts r on r.delivery_id = d.id
where d.id = %(id)s;

-- name: telling_by_key
-- What somebody was told, by the key that its message carried.
select d.id, d.alert_id, coalesce(d.person, d.address), r.answer
from deliveries d left join receipts r on r.delivery_id = d.id
where d.idempotency_key = %(key)s;

-- name: telling_by_reply
-- The last that a number was told about the open alert with this code.
select d.id, d.alert_id, coalesce(d.person, d.address), r.answer
from deliveries d
join alerts a on a.id = d.alert_id and a.closed_at is null and a.code = %(code)s
left join receipts r on r.delivery_id = d.id
where d.channel in ('sms', 'voice') and regexp_replace(d.address, '[^0-9+]', '', 'g') = %(number)s
    and d.status in ('sending', 'sent')
order by d.id desc
limit 1;

-- name: answer
-- The telling is answered; the first answer stands.
insert into receipts (delivery_id, at, answer) values (%(id)s, %(at)s, %(answer)s) on conflict do nothing;
