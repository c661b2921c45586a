-- name: hold_schema
-- No migration begins while this connection lasts.
select pg_advisory_lock_shared(%s);

-- name: snapshot_facts
-- When the snapshot was taken, and of what.
select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), current_setting('server_version'),
    (select extversion from pg_extension where extname = 'timescaledb');

-- name: tables_there
-- The ordinary tables, without those of extensions and of the list of migrations.
select c.relname
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname !~ '^_?yoyo_'
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
order by c.relname;

-- name: columns_of
-- What a row holds that is not worked out from the rest of it.
select attname from pg_attribute
where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''
order by attnum;

-- name: references_of_tables
-- Which table's rows must be there before another's.
select distinct conrelid::regclass::text, confrelid::regclass::text
from pg_constraint
where contype = 'f' and connamespace = 'public'::regnamespace and conrelid <> confrelid;

-- name: sequences_there
-- Every sequence by name.
select c.relname from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind = 'S'
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
order by c.relname;

-- name: set_sequence
-- The sequence goes on from where it was.
select setval(%s::regclass, %s, %s);

-- name: is_used
-- Somebody works with this database: a facility, an account or a position is in it.
select exists (select from facilities) or exists (select from accounts) or exists (select from ledger)
    or exists (select from observations) or exists (select from views);

-- name: tables_with_triggers
-- Whose rows, when they are written, make others be written.
select distinct t.tgrelid::regclass::text
from pg_trigger t
join pg_proc p on p.oid = t.tgfoid
where not t.tgisinternal and p.pronamespace = 'public'::regnamespace
    and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e');
