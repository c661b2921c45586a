-- Why: names are looked up one by one, so what facilities are called is a table under a policy, not a view that is made whole.
drop view board_facilities;
create table board_facilities (
    facility_id int primary key references facilities,
    code text not null constraint one_board_facility_per_code unique,
    name text not null,
    region text not null
);
comment on table board_facilities is 'what facilities are called on boards, by their newest profile; drills are not among them';
alter table board_facilities enable row level security;
create policy viewers_see_the_facilities_of_their_region on board_facilities for select
    using (starts_with(region, (select v.prefix from board_viewers v where v.role = current_user)));

create function name_facilities(ids int[]) returns void language sql
begin atomic
    delete from board_facilities where facility_id = any(ids);
    insert into board_facilities (facility_id, code, name, region)
    select f.id, f.code, coalesce(p.name, f.code), coalesce(p.region, '')
    from facilities f
    left join lateral (
        select name, region, drill from facility_profiles where facility_id = f.id order by recorded_at desc limit 1
    ) p on true
    where f.id = any(ids) and f.region is null and not coalesce(p.drill, false)
    on conflict (facility_id) do update set code = excluded.code, name = excluded.name, region = excluded.region;
end;
create function name_new_facilities() returns trigger language plpgsql as $$
begin
    perform name_facilities((select array_agg(id) from new_rows));
    return null;
end $$;
create trigger facilities_are_named after insert on facilities referencing new table as new_rows
    for each statement execute function name_new_facilities();
create function name_profiled_facilities() returns trigger language plpgsql as $$
begin
    perform name_facilities((select array_agg(distinct facility_id) from new_rows));
    return null;
end $$;
create trigger profiles_are_named after insert on facility_profiles referencing new table as new_rows
    for each statement execute function name_profiled_facilities();
do $$ begin perform name_facilities((select array_agg(id) from facilities)); end $$;

-- The boards' role of an older version goes on seeing what it saw: it too is asked which region is its own. Everybody may
-- ask, and is shown the row of its own name alone.
grant select on board_viewers to public;
