-- Why: a board of early warning shows clusters, and one of on-call whether alerts were worth it and how soon there was a bed.
alter table facility_parts
    add column clusters_found int,
    add column clusters_open int,
    add column assessed int,
    add column nonactionable int,
    add column false_alarms int,
    add column bed_reached int,
    add column bed_seconds bigint;
alter table region_figures
    add column clusters_found bigint, add column clusters_found_blank int not null default 0,
    add column clusters_open bigint, add column clusters_open_blank int not null default 0,
    add column assessed bigint, add column assessed_blank int not null default 0,
    add column nonactionable bigint, add column nonactionable_blank int not null default 0,
    add column false_alarms bigint, add column false_alarms_blank int not null default 0,
    add column bed_reached bigint, add column bed_reached_blank int not null default 0,
    add column bed_seconds bigint, add column bed_seconds_blank int not null default 0;

create function mark_feedback_stale() returns trigger language plpgsql as $$
begin
    insert into stale_parts (facility_id, day)
    select a.facility_id, day_in_zone(a.opened_at, zone_of_facility(a.facility_id)) from alerts a where a.id = new.alert_id;
    return null;
end $$;
create trigger feedback_is_counted after insert on alert_feedback for each row execute function mark_feedback_stale();

-- What was blank because nobody counted it is counted.
insert into stale_parts (facility_id, day) select facility_id, min(day) from facility_parts group by facility_id;
