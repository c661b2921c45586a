-- Why: what was dropped for its age must not be counted or judged again from nothing.
create table dropped (
    class text primary key,
    before timestamptz not null,
    at timestamptz not null
);
comment on table dropped is 'per class of tables (store/keeping/tables.toml): rows older than this were given up';

-- The first day of which all raw checks are there in every time zone; null: nothing was dropped.
create function first_whole_day() returns int language sql stable
    return (select before::date - date '1970-01-01' + 2 from dropped where class = 'raw');

create function count_from_whole_days() returns trigger language plpgsql as $$
begin
    new.day := greatest(new.day, first_whole_day());
    return new;
end $$;
create trigger parts_rest_on_whole_days before insert on stale_parts
    for each row execute function count_from_whole_days();

create function leave_dropped_days() returns trigger language plpgsql as $$
begin
    return case when new.day < first_whole_day() then null else new end;
end $$;
create trigger days_rest_on_whole_days before insert on dirty_days
    for each row execute function leave_dropped_days();

-- 45 days: what rules look back on, and what may still come late.
create function judge_from_whole_days() returns trigger language plpgsql as $$
begin
    new.refold_from := greatest(new.refold_from, (select before + interval '45 days' from dropped where class = 'raw'));
    return new;
end $$;
create trigger episodes_rest_on_whole_days before update of refold_from on facilities
    for each row when (new.refold_from is not null) execute function judge_from_whole_days();
