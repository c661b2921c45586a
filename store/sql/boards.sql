-- name: role_statements
-- What makes the role: it signs in, reads what boards read, and has nothing else; said again, nothing changes.
select format('create role %%I', %(role)s::text) where not exists (select from pg_roles where rolname = %(role)s)
union all
select format(
    'alter role %%I login nosuperuser nocreatedb nocreaterole noinherit noreplication nobypassrls connection limit 20 password %%L',
    %(role)s::text, %(password)s::text
)
union all
select format('alter role %%I set %%s', %(role)s::text, setting) from unnest(array[
    'default_transaction_read_only = on', 'statement_timeout = ''10s''', 'lock_timeout = ''2s''',
    'idle_in_transaction_session_timeout = ''30s''', 'temp_file_limit = ''512MB''', 'search_path = public'
]) setting
union all
select format('revoke all on all tables in schema public from %%I', %(role)s::text)
union all
select format('revoke all on schema public from %%I', %(role)s::text)
union all
select format('grant connect on database %%I to %%I', current_database(), %(role)s::text)
union all
select format('grant usage on schema public to %%I', %(role)s::text)
union all
select format(
    'grant select on region_figures, region_names, facility_parts, board_facilities, board_viewers to %%I', %(role)s::text
)
union all
select format('grant execute on function midnight_in_zone(int, text) to %%I', %(role)s::text);

-- name: door_statements
-- What everybody may do unless it is taken away, and whoever writes SQL on a board must not: fill the disk by tables and
-- large objects, hold the locks that our processes meet at, run what extensions brought. Whoever says this keeps it.
select format('revoke temporary on database %I from public', current_database())
union all
select format('grant temporary on database %I to current_user', current_database())
union all
select 'revoke execute on all routines in schema public from public'
union all
select 'grant execute on all routines in schema public to current_user'
union all
select format(verb, p.oid::regprocedure)
from pg_proc p, unnest(array['revoke execute on function %s from public', 'grant execute on function %s to current_user']) verb
where p.pronamespace = 'pg_catalog'::regnamespace
    and (p.proname like 'lo\_%' or p.proname in ('lowrite', 'loread') or p.proname like 'pg\_%advisory%'
        or p.proname in ('pg_notify', 'pg_logical_emit_message'));

-- name: may_make_roles
-- Whether this connection can do all of that.
select rolsuper from pg_roles where rolname = current_user;

-- name: set_viewer
-- The role sees this region.
insert into board_viewers as v (role, region, prefix) values (%(role)s, %(region)s, %(prefix)s)
on conflict (role) do update set region = excluded.region, prefix = excluded.prefix;

-- name: viewers
-- Which region has which role.
select region, role::text from board_viewers order by region;

-- name: revisions
-- Which dispatches of the nation and the provinces were frozen since.
select region, day, revision, frozen_at, frozen_by from dispatches
where frozen_at >= %(since)s and region like '__0000'
order by frozen_at, id;
