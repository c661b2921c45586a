-- name: add_hand_over
-- Somebody offers what is open.
insert into hand_overs (offered_at, giver, giver_login, wanted, note, regions, facilities)
values (%(at)s, %(giver)s, %(login)s, %(wanted)s, %(note)s, %(regions)s, %(codes)s)
returning id;

-- name: add_item
-- One thing that is offered, as it stands.
insert into hand_over_items (hand_over_id, position, kind, alert_id, referral_id, promise_id, subject, said_zh, said_en)
values (%(hand_over)s, %(position)s, %(kind)s, %(alert_id)s, %(referral_id)s, %(promise_id)s, %(subject)s, %(said_zh)s,
    %(said_en)s);

-- name: hand_over
-- One record.
select id, offered_at, giver, giver_login, wanted, note, regions, facilities from hand_overs where id = %(id)s;

-- name: lock_items
-- The things of a record, so that two who answer are one after the other.
select position, kind, alert_id, referral_id, promise_id, subject, said_zh, said_en, state, answered_by, answered_at, reason
from hand_over_items where hand_over_id = %(id)s
order by position
for update;

-- name: items
-- The things of a record, and what became of each.
select position, kind, alert_id, referral_id, promise_id, subject, said_zh, said_en, state, answered_by, answered_at, reason
from hand_over_items where hand_over_id = %(id)s
order by position;

-- name: answer_item
-- Somebody took it, sent it back, or it needs no answer any more.
update hand_over_items set state = %(state)s, answered_by = %(by)s, answered_login = %(login)s, answered_at = %(at)s,
    reason = %(reason)s
where hand_over_id = %(hand_over)s and position = %(position)s;

-- name: withdraw_offers
-- What this giver still offers in earlier records is offered there no more.
update hand_over_items i set state = 'withdrawn', answered_by = h.giver, answered_login = h.giver_login,
    answered_at = %(at)s
from hand_overs h
where h.id = i.hand_over_id and h.giver_login = %(login)s and i.state = 'offered';

-- name: hand_overs_seen
-- The records since a time of which a reader sees every place, with those not finished; the newest first.
select h.id, h.offered_at, h.giver, h.wanted, i.items, i.waiting, i.refused
from hand_overs h
cross join lateral (
    select count(*) as items, count(*) filter (where state = 'offered') as waiting,
        count(*) filter (where state = 'refused') as refused
    from hand_over_items where hand_over_id = h.id
) i
where (h.offered_at >= %(since)s or i.waiting > 0)
    and not exists (select from unnest(h.regions) r
        where not exists (select from unnest(%(regions)s::text[]) prefix where starts_with(r, prefix)))
    and not exists (select from unnest(h.facilities) c
        where c <> all(%(codes)s::text[]) and not exists (
            select from facilities_now f
            join unnest(%(regions)s::text[]) prefix on starts_with(coalesce(f.region, ''), prefix)
            where f.code = c
        ))
order by h.id desc
limit 100;

-- name: wait
-- How many things others have offered wait for somebody of a reader's places, offered since a time.
select count(*) from hand_over_items i join hand_overs h on h.id = i.hand_over_id
where i.state = 'offered' and h.offered_at >= %(since)s and h.giver_login <> %(login)s
    and (h.regions && %(regions)s::text[] or h.facilities && %(codes)s::text[]);

-- name: chains
-- Who offered and who took each of these alerts, in order; a stalled referral is in the hands of whoever has the referral.
select x.alert_id, x.giver, x.state, x.answered_by, x.at
from (
    select a.id as alert_id, h.giver, i.state, i.answered_by, coalesce(i.answered_at, h.offered_at) as at, h.id
    from alerts a
    join hand_over_items i on i.alert_id = a.id
    join hand_overs h on h.id = i.hand_over_id
    where a.id = any(%(alerts)s)
    union all
    select a.id, h.giver, i.state, i.answered_by, coalesce(i.answered_at, h.offered_at), h.id
    from alerts a
    join referrals r on r.resident_id = a.resident_id and r.ended_at is null
    join hand_over_items i on i.referral_id = r.id
    join hand_overs h on h.id = i.hand_over_id
    where a.id = any(%(alerts)s) and a.condition = 'referral_stalled'
) x
order by x.alert_id, x.at, x.id;

-- name: add_promise
-- Somebody on duty says what they will do.
insert into promises (made_at, made_by, keeper, keeper_login, words, due_at)
values (%(at)s, %(by)s, %(by)s, %(login)s, %(words)s, %(due)s);

-- name: promises_of
-- What somebody has promised and not kept yet, what is due first, first.
select id, made_at, made_by, keeper, words, due_at from promises
where keeper_login = %(login)s and kept_at is null
order by due_at nulls last, id;

-- name: keep_promise
-- It is done.
update promises set kept_at = %(at)s, kept_by = %(by)s
where id = %(id)s and keeper_login = %(login)s and kept_at is null;

-- name: pass_promise
-- Somebody else keeps it from now on.
update promises set keeper = %(keeper)s, keeper_login = %(login)s where id = %(id)s and kept_at is null;
