-- name: add_item
-- An item is assigned.
insert into dispatch_items (region, day, kind, facility, what, source, made_at, made_by, login)
values (%(region)s, %(day)s, %(kind)s, %(facility)s, %(what)s, %(source)s, %(made_at)s, %(made_by)s, %(login)s)
returning id;

-- name: propose_items
-- Items of a region that nobody thought of, all for one owner and until one moment.
with made as (
    insert into dispatch_items (region, day, kind, facility, what, source, made_at)
    select %(region)s, %(day)s, k, f, w, s, %(at)s
    from unnest(%(kinds)s::text[], %(facilities)s::text[], %(whats)s::text[], %(sources)s::text[]) v (k, f, w, s)
    returning id
)
insert into dispatch_item_steps (item_id, at, state, owner, due_at)
select id, %(at)s, 'open', %(owner)s, %(due_at)s from made order by id;

-- name: add_step
-- This is the last word on an item.
insert into dispatch_item_steps (item_id, at, state, owner, due_at, comment, actor, login)
values (%(item)s, %(at)s, %(state)s, %(owner)s, %(due_at)s, %(comment)s, %(actor)s, %(login)s);

-- name: open_sources
-- Which facilities have an open item of which source in some regions.
select i.facility, i.source
from dispatch_items i
cross join lateral (select state from dispatch_item_steps where item_id = i.id order by id desc limit 1) s
where i.region = any(%(regions)s) and i.source is not null and s.state <> 'done';

-- name: items
-- The items of some regions as they stood at a moment: what was open then, and what had been done since another one.
select i.id, i.region, i.day, i.kind, i.facility, i.what, i.source, i.made_at, i.made_by, s.state, s.owner, s.due_at,
    s.at, s.comment, s.actor
from dispatch_items i
cross join lateral (
    select * from dispatch_item_steps where item_id = i.id and at <= %(at)s order by id desc limit 1
) s
where i.region = any(%(regions)s) and i.made_at <= %(at)s and (s.state <> 'done' or s.at > %(since)s)
order by i.day, s.due_at, i.id;

-- name: item
-- One item as it stands.
select i.id, i.region, i.day, i.kind, i.facility, i.what, i.source, i.made_at, i.made_by, s.state, s.owner, s.due_at,
    s.at, s.comment, s.actor
from dispatch_items i
cross join lateral (select * from dispatch_item_steps where item_id = i.id order by id desc limit 1) s
where i.id = %(item)s;

-- name: counts
-- Of every region whose code begins so, how many items were open at a moment, overdue among them, and done since another one.
select i.region, count(*) filter (where s.state <> 'done'), count(*) filter (where s.state <> 'done' and s.due_at < %(at)s),
    count(*) filter (where s.state = 'done')
from dispatch_items i
cross join lateral (
    select * from dispatch_item_steps where item_id = i.id and at <= %(at)s order by id desc limit 1
) s
where starts_with(i.region, %(prefix)s) and i.made_at <= %(at)s and (s.state <> 'done' or s.at > %(since)s)
group by i.region;
