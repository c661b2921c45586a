-- Why: referrals and what was done before them are counted like everything else.
alter table facility_parts
    add column referrals_no_bed int,
    add column referrals_called_120 int,
    add column referrals_closed int;
alter table region_figures
    add column referrals_no_bed bigint, add column referrals_no_bed_blank int not null default 0,
    add column referrals_called_120 bigint, add column referrals_called_120_blank int not null default 0,
    add column referrals_closed bigint, add column referrals_closed_blank int not null default 0;

create function mark_step_stale() returns trigger language plpgsql as $$
declare
    step referral_steps := coalesce(new, old);
begin
    insert into stale_parts (facility_id, day)
    values (step.facility_id, day_in_zone(step.at, zone_of_facility(step.facility_id)));
    return null;
end $$;
create trigger steps_are_counted after insert or update or delete on referral_steps
    for each row execute function mark_step_stale();

create function mark_referral_stale() returns trigger language plpgsql as $$
begin
    insert into stale_parts (facility_id, day)
    select new.facility_id, day_in_zone(least(new.began_at, a.opened_at), zone_of_facility(new.facility_id))
    from (select new.alert_id as id) n left join alerts a on a.id = n.id;
    return null;
end $$;
create trigger referrals_are_counted after insert or update of requested_at, ended_at, began_at, alert_id on referrals
    for each row execute function mark_referral_stale();

create function mark_intervention_stale() returns trigger language plpgsql as $$
begin
    insert into stale_parts (facility_id, day)
    select a.facility_id, day_in_zone(a.opened_at, zone_of_facility(a.facility_id)) from alerts a where a.id = new.alert_id;
    return null;
end $$;
create trigger interventions_are_counted after insert on interventions
    for each row execute function mark_intervention_stale();

-- What was blank because nothing was recorded is counted.
insert into stale_parts (facility_id, day) select facility_id, min(day) from facility_parts group by facility_id;
