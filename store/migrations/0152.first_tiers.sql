-- Why: the tier that is recorded first of a resident counts from ever, as every first profile does.
create or replace function mark_tiers_stale() returns trigger language plpgsql as $$
begin
    insert into stale_parts (facility_id, day)
    select r.facility_id, min(case
        when exists (select from resident_tiers t where t.resident_id = n.resident_id and t.recorded_at < n.recorded_at)
            then day_in_zone(greatest(n.since, n.recorded_at), zone_of_facility(r.facility_id))
        else day_in_zone(least(f.first_seen_at, n.recorded_at), zone_of_facility(r.facility_id))
    end)
    from new_rows n
    join residents r on r.id = n.resident_id
    join facilities f on f.id = r.facility_id
    group by r.facility_id;
    return null;
end $$;
insert into stale_parts (facility_id, day)
select facility_id, min(day) from facility_parts where untiered > 0 group by facility_id;
