-- name: wait_for_counting
-- Whoever takes marks up has counted, and nobody makes new ones before this transaction ends.
lock table stale_parts, dirty_days in share row exclusive mode;

-- name: holds
-- What still needs raw checks, and from when on; the oldest of each kind.
select 'the open episode ' || e.condition || ' of ' || f.code, to_timestamp(e.opened_at / 1000.0) - interval '45 days'
from episodes e join facilities f on f.id = e.facility_id
where e.ended_at is null and e.withdrawn_at is null
union all
select 'the open alert ' || a.condition || ' of ' || f.code, a.opened_at - interval '45 days'
from alerts a join facilities f on f.id = a.facility_id
where a.closed_at is null
union all
select 'the open referral ' || r.code || ' of ' || f.code, r.began_at - interval '45 days'
from referrals r join facilities f on f.id = r.facility_id
where r.ended_at is null
union all
select 'figures of ' || f.code || ' that are not counted yet', (date '1970-01-01' + s.day)::timestamptz - interval '2 days'
from (select facility_id, day from stale_parts union all select facility_id, day from dirty_days) s
join facilities f on f.id = s.facility_id
order by 2 limit 1;

-- name: give_up
-- Rows of a class older than this are given up: nothing is counted or judged from them any more.
insert into dropped (class, before, at) values (%(class)s, %(before)s, %(now)s)
on conflict (class) do update set before = greatest(dropped.before, excluded.before), at = excluded.at
returning before;

-- name: is_hypertable
-- Its rows lie in chunks that can be dropped whole.
select exists (select from pg_trigger where tgname = 'ts_insert_blocker' and tgrelid = 'observations'::regclass);

-- name: drop_chunks
-- Chunks that end before this are dropped; how many.
select count(*) from drop_chunks('observations', older_than => %(before)s::timestamptz);

-- name: alerts_to_go
-- Alerts that closed before this, and from which no referral goes on.
create temporary table gone on commit drop as
select a.id from alerts a
where a.closed_at < %(before)s and not exists (
    select from referrals r where r.alert_id = a.id and (r.ended_at is null or r.ended_at >= %(before)s)
)
order by a.id limit %(limit)s;

-- name: loose_transitions_go
-- What happened to episodes of which nobody was told.
delete from transitions t
where t.alert_id is null and t.recorded_at < %(before)s
    and not exists (select from deliveries d where d.transition_id = t.id);

-- name: episodes_go
-- Episodes that ended before this and of which nothing is said any more.
delete from episodes e
where e.ended_at < extract(epoch from %(before)s::timestamptz) * 1000
    and not exists (select from transitions t where t.episode_id = e.id)
    and not exists (select from alerts a where a.resident_id = e.resident_id and e.id = any(a.episodes));

-- name: steps_go
-- Steps of referrals that ended before this.
delete from referral_steps s using referrals r
where r.facility_id = s.facility_id and r.code = s.referral and r.ended_at < %(before)s;

-- name: references_to
-- The columns that refer to a table, whose column they refer to, and whether they may be empty.
select c.conrelid::regclass::text, a.attname, b.attname, not a.attnotnull
from pg_constraint c
join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1]
where c.contype = 'f' and c.confrelid = %s::regclass and c.connamespace = 'public'::regnamespace
order by 4, 1, 2;
