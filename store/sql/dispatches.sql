-- name: one_moment
-- What is read and written in this transaction is as of one moment.
set transaction isolation level repeatable read;

-- name: claim_dispatch
-- Nobody else freezes the same until the transaction ends.
select pg_try_advisory_xact_lock(hashtext('dispatch ' || %(region)s), %(day)s);

-- name: dispatch
-- A revision of a region and period; by default the newest.
select id, region, day, revision, frozen_at, frozen_by, began, ended, has_other_cutoffs, rules, dictionary, figures, before,
    facilities
from dispatches
where region = %(region)s and day = %(day)s and revision = coalesce(%(revision)s, revision)
order by revision desc
limit 1;

-- name: newest_heads
-- The newest revision of each of these regions on each day, with its figures.
select distinct on (day, region) id, region, day, revision, frozen_at, frozen_by, figures
from dispatches
where region = any(%(regions)s) and day between %(first)s and %(last)s
order by day, region, revision desc;

-- name: revisions
-- Every revision of a region, the newest first.
select id, region, day, revision, frozen_at, frozen_by, figures
from dispatches
where region = %(region)s and day between %(first)s and %(last)s
order by day desc, revision desc;

-- name: children
-- What a revision is composed of, by region: the revisions in the sum, and what was not frozen.
select c.region, d.id, d.day, d.revision, d.frozen_at, d.frozen_by, coalesce(d.figures, c.provisional)
from dispatch_children c
left join dispatches d on d.id = c.child_id
where c.dispatch_id = %(id)s
order by c.region;

-- name: facilities_below
-- The facilities that the revisions below name, down to where they count.
-- The offsets keep Postgres from reading the facilities of every revision there ever was: it cannot know how few are below.
with recursive below as (
    select child_id from dispatch_children where dispatch_id = %(id)s and child_id is not null
    union all
    select c.child_id from below b
    cross join lateral (
        select child_id from dispatch_children where dispatch_id = b.child_id and child_id is not null offset 0
    ) c
)
select d.facilities from below b
cross join lateral (select facilities from dispatches where id = b.child_id offset 0) d
where d.facilities <> '[]';

-- name: add_dispatch
-- The figures are frozen, as the next revision.
insert into dispatches (
    region, day, revision, frozen_at, frozen_by, began, ended, has_other_cutoffs, rules, dictionary, figures, before, facilities
)
select %(region)s, %(day)s, coalesce(max(revision), 0) + 1, %(frozen_at)s, %(frozen_by)s, %(began)s, %(ended)s,
    %(has_other_cutoffs)s, %(rules)s, %(dictionary)s, %(figures)s::jsonb, %(before)s::jsonb, %(facilities)s::jsonb
from dispatches where region = %(region)s and day = %(day)s
returning id, revision;

-- name: add_children
-- The revision is composed of these.
insert into dispatch_children (dispatch_id, region, child_id, provisional)
select %(id)s, r, c, p::jsonb from unnest(%(regions)s::text[], %(children)s::bigint[], %(provisional)s::text[]) v (r, c, p);

-- name: unfrozen
-- Regions of these periods that nobody has frozen, each with what it lies in and how many facilities' period goes on.
select f.region, f.day, min(f.parent), sum(f.running)::bigint
from region_figures f
where f.grain = 'period' and f.day between %(first)s and %(last)s
    and not exists (select from dispatches d where d.region = f.region and d.day = f.day)
group by f.region, f.day;

-- name: outdated
-- The days on which what a region's newest revision is composed of has a newer revision, or is frozen by now.
select d.day from (
    select distinct on (day) id, day from dispatches
    where region = %(region)s and day between %(first)s and %(last)s
    order by day, revision desc
) d
where exists (
    select from dispatch_children c
    join dispatches n on n.region = c.region and n.day = d.day
    where c.dispatch_id = d.id and (c.child_id is null or n.id > c.child_id)
);

-- name: inside
-- What lies in a region, at every level, of what was counted for a period.
with recursive inside as (
    select region from region_figures where grain = 'period' and day = %(day)s and parent = %(region)s
    union
    select f.region from inside i join region_figures f on f.grain = 'period' and f.day = %(day)s and f.parent = i.region
)
select region from inside;

-- name: known_since
-- When the first facility was registered.
select min(recorded_at) from facility_profiles;

-- name: text
-- A revision in words, as it was composed first.
select text from dispatch_texts where dispatch_id = %(id)s and edition = %(edition)s;

-- name: keep_text
-- The first words stay.
insert into dispatch_texts (dispatch_id, edition, composed_at, text) values (%(id)s, %(edition)s, %(at)s, %(text)s)
on conflict do nothing;

-- name: without_text
-- Revisions that were frozen before words were kept, the newest first.
select region, day, revision from dispatches d
where not exists (select from dispatch_texts t where t.dispatch_id = d.id and t.edition = 'full')
order by id desc
limit %(limit)s;
