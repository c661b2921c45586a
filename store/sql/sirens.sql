-- name: tested
-- Somebody has heard the siren of their inbox.
insert into sirens (account_id, tested_at, heard_at) values (%(account)s, %(at)s, %(at)s)
on conflict (account_id) do update set tested_at = excluded.tested_at, heard_at = excluded.heard_at;

-- name: goes_on
-- The inbox is open, and its sound is on.
update sirens set heard_at = %(at)s where account_id = %(account)s;

-- name: sirens
-- The inboxes that were tested since a time, with what their accounts answer for.
select a.name, a.desk, s.tested_at, s.heard_at,
    array_remove(array_append(coalesce((select array_agg(x.region_prefix) from desk_scopes x join desks d on d.id = x.desk_id
        where d.code = a.desk and x.region_prefix is not null), '{}'), a.region_prefix), null),
    array_remove(array_append(coalesce((select array_agg(x.facility) from desk_scopes x join desks d on d.id = x.desk_id
        where d.code = a.desk and x.facility is not null), '{}'), a.facility), null)
from sirens s join accounts a on a.id = s.account_id
where s.tested_at >= %(since)s and a.disabled_at is null and 'acknowledge' = any(a.rights)
order by a.name, a.id;
