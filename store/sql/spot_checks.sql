-- name: name_inspector
-- Somebody may see the lists of a level; said twice, it is so once.
insert into inspectors (region, account_id, named_by) values (%(region)s, %(account)s, %(by)s)
on conflict (region, account_id) where dismissed_at is null do nothing;

-- name: dismiss_inspector
-- Somebody no longer may.
update inspectors set dismissed_at = now(), dismissed_by = %(by)s
where region = %(region)s and account_id = %(account)s and dismissed_at is null
returning id;

-- name: inspectors
-- Who may see the lists of a level now.
select i.region, i.account_id, a.login, a.name, i.named_at, i.named_by
from inspectors i join accounts a on a.id = i.account_id
where i.dismissed_at is null and a.disabled_at is null and (%(region)s::text is null or i.region = %(region)s)
    and (%(account)s::bigint is null or i.account_id = %(account)s)
order by i.region, a.login;

-- name: frame
-- Every registered home of a region with what a week of it says, and when it was drawn last; drills are none.
with parts as (
    select facility_id, day, max(region) as region, min(silent) as silent, sum(reports_missing) as reports_missing,
        sum(checks_due) as checks_due, sum(checks_done) as checks_done, sum(positives) as positives,
        max(antiviral_short) as antiviral_short, max(difficulties_open) as difficulties_open
    from facility_parts
    where day between %(day)s - 7 and %(day)s - 1 and starts_with(region, %(prefix)s)
    group by facility_id, day
), weeks as (
    select facility_id, (array_agg(region order by day desc))[1] as region, sum(silent)::int as silent,
        sum(reports_missing)::int as reports_missing, sum(checks_due)::int as checks_due,
        sum(checks_done)::int as checks_done, sum(positives)::int as positives,
        max(antiviral_short)::int as antiviral_short, max(difficulties_open)::int as difficulties_open
    from parts group by facility_id
), drawn as (
    select c.facility, max(d.day) as day from spot_checks c join spot_check_draws d on d.id = c.draw_id
    where d.region = %(region)s group by c.facility
), unmended as (
    select distinct c.facility
    from spot_checks c
    join spot_check_draws d on d.id = c.draw_id and d.region = %(region)s
    join lateral (
        select is_good, due_day from spot_check_steps s where s.spot_check_id = c.id order by number desc limit 1
    ) l on not l.is_good and l.due_day < %(day)s
)
select f.code, coalesce(f.name, f.code), w.region, w.silent, w.reports_missing,
    case when w.checks_due > 0 then round(100.0 * w.checks_done / w.checks_due)::int end, w.positives,
    w.antiviral_short, w.difficulties_open,
    (select count(*)::int from alerts a where a.facility_id = f.id and a.condition = 'data_to_verify'
        and (a.closed_at is null or a.opened_at >= now() - interval '30 days')),
    (u.facility is not null)::int, d.day
from weeks w
join facilities_now f on f.id = w.facility_id
left join drawn d on d.facility = f.code
left join unmended u on u.facility = f.code
where not f.drill
order by f.code;

-- name: claim_draw
-- Draws of a level are one after the other.
select pg_advisory_xact_lock(hashtext('spot checks ' || %(region)s));

-- name: add_draw
-- A draw is on record.
insert into spot_check_draws (region, day, drawn_by, seed, size, by_chance, period_days, frame, digest)
values (%(region)s, %(day)s, %(drawn_by)s, %(seed)s, %(size)s, %(by_chance)s, %(period_days)s, %(frame)s::jsonb, %(digest)s)
returning id;

-- name: add_checks
-- What it has found.
insert into spot_checks (draw_id, place, facility, part, candidate)
select %(id)s, o, f, p, c::jsonb
from unnest(%(facilities)s::text[], %(parts)s::text[], %(candidates)s::text[]) with ordinality v (f, p, c, o);

-- name: draws
-- The draws of some levels, the newest first, or one of them.
select id, region, day, drawn_at, drawn_by, seed, size, by_chance, period_days, digest
from spot_check_draws
where (%(regions)s::text[] is null or region = any(%(regions)s)) and (%(id)s::bigint is null or id = %(id)s)
order by id desc limit 100;

-- name: frame_of_draw
-- What a draw was drawn from.
select frame from spot_check_draws where id = %(id)s;

-- name: checks
-- Whom draws have found, in their order, each with why it stood in the frame; or one of them.
select c.id, c.draw_id, d.region, d.day, c.facility, c.part, c.candidate
from spot_checks c
join spot_check_draws d on d.id = c.draw_id
where (%(draw)s::bigint is null or c.draw_id = %(draw)s) and (%(id)s::bigint is null or c.id = %(id)s)
    and (not %(with_result)s or exists (select from spot_check_steps s where s.spot_check_id = c.id))
order by c.draw_id desc, c.place;

-- name: is_anything_found
-- Whether a visit to one of these homes, or to one of these regions, has a result.
with found as (
    select c.facility, c.candidate from spot_checks c
    where exists (select from spot_check_steps s where s.spot_check_id = c.id)
)
select exists (select from found where facility = any(%(facilities)s::text[]))
    or exists (select from found, unnest(%(regions)s::text[]) r where starts_with(candidate ->> 'county', r));

-- name: steps
-- What was done about some checks, in order.
select spot_check_id, number, kind, is_good, said, due_day, by, at from spot_check_steps
where spot_check_id = any(%(ids)s) order by spot_check_id, number;

-- name: add_step
-- The next thing is done; nobody else has done it.
insert into spot_check_steps (spot_check_id, number, kind, is_good, said, due_day, by)
values (%(id)s, %(number)s, %(kind)s, %(is_good)s, %(said)s, %(due_day)s, %(by)s)
on conflict do nothing
returning number;
