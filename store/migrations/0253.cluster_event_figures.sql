-- Why: whether clusters are verified, acted upon, told to disease control and closed in time is seen over regions and days.
alter table facility_parts
    add column events_verified int,
    add column events_verified_seconds bigint,
    add column events_acted int,
    add column events_acted_seconds bigint,
    add column events_told int,
    add column events_told_seconds bigint,
    add column events_closed int,
    add column events_closed_seconds bigint;
alter table region_figures
    add column events_verified bigint, add column events_verified_blank int not null default 0,
    add column events_verified_seconds bigint, add column events_verified_seconds_blank int not null default 0,
    add column events_acted bigint, add column events_acted_blank int not null default 0,
    add column events_acted_seconds bigint, add column events_acted_seconds_blank int not null default 0,
    add column events_told bigint, add column events_told_blank int not null default 0,
    add column events_told_seconds bigint, add column events_told_seconds_blank int not null default 0,
    add column events_closed bigint, add column events_closed_blank int not null default 0,
    add column events_closed_seconds bigint, add column events_closed_seconds_blank int not null default 0;

create function mark_cluster_step_stale() returns trigger language plpgsql as $$
begin
    insert into stale_parts (facility_id, day)
    select a.facility_id, day_in_zone(new.at, zone_of_facility(a.facility_id)) from alerts a where a.id = new.alert_id;
    return null;
end $$;
create trigger cluster_steps_are_counted after insert on cluster_steps for each row execute function mark_cluster_step_stale();

-- What was blank because nobody counted it is counted.
insert into stale_parts (facility_id, day) select facility_id, min(day) from facility_parts group by facility_id;
