-- name: take_time
-- What is withheld of a nation is worked out for some seconds, while the day is claimed.
set local idle_in_transaction_session_timeout = '2min';

-- name: claim_day
-- Nobody else decides what is withheld of a day until the transaction ends.
select pg_advisory_xact_lock(hashtext('withheld_figures'), %(day)s);

-- name: withheld
-- What was withheld of a day, whatever it left in.
select figure, regions from withheld_figures where day = %(day)s;

-- name: withhold
-- This is withheld from now on, beside what was.
insert into withheld_figures as w (day, figure, regions)
select %(day)s, f, array_agg(r order by r) from unnest(%(figures)s::text[], %(regions)s::text[]) v (f, r) group by f
on conflict (day, figure) do update
set regions = array(select distinct unnest(w.regions || excluded.regions) order by 1)
where not w.regions @> excluded.regions;
