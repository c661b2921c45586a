-- name: anchors_from
-- The last anchor of each resident earlier than a key, and everything from that key on, in order.
select w.resident, a.at, a.rank, a.id, a.state
from unnest(%(residents)s::int[], %(times)s::bigint[], %(ranks)s::smallint[], %(ids)s::text[]) w (resident, at, rank, id)
cross join lateral (
    (
        select at, rank, id, state from anchors
        where resident_id = w.resident and (at, rank, id) < (w.at, w.rank, w.id collate "C")
        order by at desc, rank desc, id desc
        limit 1
    )
    union all
    select at, rank, id, state from anchors
    where resident_id = w.resident and (at, rank, id) >= (w.at, w.rank, w.id collate "C")
) a
order by w.resident, a.at, a.rank, a.id;

-- name: cut_anchors
-- Nothing recorded later than a key is left.
delete from anchors where resident_id = %(resident)s and (at, rank, id) > (%(at)s, %(rank)s, %(id)s);

-- name: add_anchors
-- The whole fold state right after each key.
insert into anchors (resident_id, at, rank, id, state)
select * from unnest(%(residents)s::int[], %(times)s::bigint[], %(ranks)s::smallint[], %(ids)s::text[], %(states)s::jsonb[])
on conflict (resident_id, at, rank, id) do update set state = excluded.state;

-- name: forget_anchors
-- Of the anchors before a time only the last is kept: nothing reaches further back.
delete from anchors a
where a.resident_id = any(%(residents)s) and a.at < %(before)s and exists (
    select from anchors b
    where b.resident_id = a.resident_id and b.at < %(before)s and (b.at, b.rank, b.id) > (a.at, a.rank, a.id)
);

-- name: drop_questions
-- Nothing is asked of these residents.
delete from questions where resident_id = any(%(residents)s);

-- name: add_questions
-- Repeats are asked for.
insert into questions (resident_id, rule, cause_id, asked_at, due_at)
select * from unnest(
    %(residents)s::int[], %(rules)s::text[], %(causes)s::text[], %(asked)s::timestamptz[], %(due)s::timestamptz[]
)
on conflict do nothing;

-- name: questions_of
-- The repeats asked for in a facility, the most urgent first.
select r.id, r.code, q.rule, q.cause_id, q.asked_at, q.due_at
from questions q
join residents r on r.id = q.resident_id
where r.facility_id = %(facility)s
order by q.due_at, r.code, q.rule;
