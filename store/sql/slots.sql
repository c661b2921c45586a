-- name: make_slots
-- A place has this many slots.
insert into channel_slots (channel, address, slot)
select %(channel)s, %(address)s, s from generate_series(1, %(number)s::int) s
on conflict do nothing;

-- name: take_slots
-- Free slots of a place, taken until the message has arrived and its window is over; nobody waits for one.
with t as materialized ( -- A subquery could run once a row, and take more than its limit.
    select slot from channel_slots
    where channel = %(channel)s and address = %(address)s and slot between %(first)s and %(last)s
        and free_at <= %(now)s
    order by slot
    limit %(limit)s
    for update skip locked
)
update channel_slots s set free_at = %(until)s, in_flight = true
from t
where s.channel = %(channel)s and s.address = %(address)s and s.slot = t.slot
returning s.slot;

-- name: free_at
-- When each slot that single messages may use is free: one under way is, a window from now.
select case when in_flight then greatest(free_at - %(lease)s::bigint * interval '1 millisecond', %(now)s) else free_at end
from channel_slots
where channel = %(channel)s and address = %(address)s and slot <= %(last)s;

-- name: give_back
-- These slots are free again from a time on.
update channel_slots set free_at = %(at)s, in_flight = false
where channel = %(channel)s and address = %(address)s and slot = any(%(slots)s);
