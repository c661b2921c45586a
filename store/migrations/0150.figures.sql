-- Why: every figure is a sum over parts of days of facilities, so that day and reporting period, and all levels of regions, agree.
create table reporting_rules (
    region_prefix text not null,
    valid_from int not null,
    cutoff smallint not null constraint cutoff_is_in_the_day check (cutoff between 1 and 1439),
    told_within interval not null,
    acknowledged_within interval not null,
    accepted_within interval not null,
    notice text not null,
    decided_by text not null,
    recorded_at timestamptz not null default now(),
    primary key (region_prefix, valid_from)
);
comment on table reporting_rules is 'the longest prefix of a facility''s region counts, and of its rows the latest that is valid';
comment on column reporting_rules.valid_from is 'local day since 1970-01-01';
comment on column reporting_rules.cutoff is 'minutes after local midnight';
-- 17:00 is the ministry's; the three limits are our own choice and no published standard.
insert into reporting_rules (
    region_prefix, valid_from, cutoff, told_within, acknowledged_within, accepted_within, notice, decided_by
) values ('', -1000000, 1020, '1 minute', '10 minutes', '30 minutes', 'default', 'sizao');

create table outages (
    id bigint generated always as identity primary key,
    began_at timestamptz not null,
    ended_at timestamptz
);
comment on table outages is 'when no gateway could take anything in: we did not look; not ended: it lasts';

create table facility_reports (
    facility_id int not null references facilities,
    day int not null,
    observed_at timestamptz not null,
    event_id uuid not null,
    received_at timestamptz not null,
    reporter text,
    residents int,
    staff_on_duty int,
    beds int,
    oximeters_working int,
    oxygen_devices_working int,
    antiviral_days int,
    antipyretic_days int,
    operating text,
    visitors int,
    visitors_turned_away int,
    nothing_to_report boolean,
    difficulties jsonb,
    primary key (facility_id, day, observed_at, event_id)
);
comment on table facility_reports is 'as they count now: derived from observations; the last of a day is the day''s';

create table facility_parts (
    facility_id int not null references facilities,
    day int not null,
    part smallint not null,
    since timestamptz not null,
    until timestamptz not null,
    is_over boolean not null,
    region text not null,
    parent text not null,
    setting text not null constraint setting_is_known check (setting in ('urban', 'rural', 'unknown')),
    facilities int,
    heard int,
    silent int,
    unwatched int,
    reports_due int,
    reports_given int,
    reports_zero int,
    reports_late int,
    reports_missing int,
    reports_unwatched int,
    occupants int,
    beds int,
    staff_on_duty int,
    oximeters int,
    oxygen_devices int,
    antiviral_short int,
    antipyretic_short int,
    operating_open int,
    operating_restricted int,
    operating_closed int,
    visitors int,
    visitors_turned_away int,
    difficulties_raised int,
    difficulties_resolved int,
    difficulties_open int,
    residents int,
    red int,
    yellow int,
    green int,
    untiered int,
    in_hospital int,
    hospitalised int,
    deaths int,
    checks_due int,
    checks_done int,
    readings int,
    check_ins int,
    held int,
    quarantined int,
    late int,
    readings_compared int,
    readings_above int,
    tests int,
    tests_antigen int,
    tests_pcr int,
    tests_positive int,
    positives int,
    positives_staff int,
    positives_reported int,
    symptomatic int,
    alerts_p1 int,
    alerts_p2 int,
    alerts_p3 int,
    alerts_c int,
    alerts_open int,
    told int,
    told_in_time int,
    told_seconds bigint,
    acknowledged int,
    acknowledged_in_time int,
    acknowledged_seconds bigint,
    accepted int,
    accepted_in_time int,
    accepted_seconds bigint,
    recognised int,
    recognised_seconds bigint,
    intervened int,
    intervened_seconds bigint,
    referred int,
    referred_seconds bigint,
    referrals_suggested int,
    referrals_requested int,
    referrals_accepted int,
    referrals_declined int,
    referrals_departed int,
    referrals_arrived int,
    referrals_admitted int,
    referrals_returned int,
    referrals_treated_in_place int,
    referrals_transfer_refused int,
    referrals_died int,
    referrals_cancelled int,
    referrals_open int,
    primary key (facility_id, day, part)
) with (fillfactor = 70);
comment on table facility_parts is 'the grain of every figure; null is blank, which is not zero';
comment on column facility_parts.day is 'local calendar day, as days since 1970-01-01';
comment on column facility_parts.part is '0 before the cut-off, 1 from it on: day d is (d, 0) and (d, 1), period d is (d - 1, 1) and (d, 0)';
comment on column facility_parts.is_over is 'its end has been seen; else the figures are so far';
comment on column facility_parts.region is 'where it counts: the GB/T 2260 code in force on that day';
create index parts_of_a_region on facility_parts (region, day);

create table region_figures (
    region text not null,
    grain text not null constraint grain_is_known check (grain in ('day', 'period')),
    day int not null,
    setting text not null,
    parent text not null,
    running int not null,
    facilities bigint, facilities_blank int not null,
    heard bigint, heard_blank int not null,
    silent bigint, silent_blank int not null,
    unwatched bigint, unwatched_blank int not null,
    reports_due bigint, reports_due_blank int not null,
    reports_given bigint, reports_given_blank int not null,
    reports_zero bigint, reports_zero_blank int not null,
    reports_late bigint, reports_late_blank int not null,
    reports_missing bigint, reports_missing_blank int not null,
    reports_unwatched bigint, reports_unwatched_blank int not null,
    occupants bigint, occupants_blank int not null,
    beds bigint, beds_blank int not null,
    staff_on_duty bigint, staff_on_duty_blank int not null,
    oximeters bigint, oximeters_blank int not null,
    oxygen_devices bigint, oxygen_devices_blank int not null,
    antiviral_short bigint, antiviral_short_blank int not null,
    antipyretic_short bigint, antipyretic_short_blank int not null,
    operating_open bigint, operating_open_blank int not null,
    operating_restricted bigint, operating_restricted_blank int not null,
    operating_closed bigint, operating_closed_blank int not null,
    visitors bigint, visitors_blank int not null,
    visitors_turned_away bigint, visitors_turned_away_blank int not null,
    difficulties_raised bigint, difficulties_raised_blank int not null,
    difficulties_resolved bigint, difficulties_resolved_blank int not null,
    difficulties_open bigint, difficulties_open_blank int not null,
    residents bigint, residents_blank int not null,
    red bigint, red_blank int not null,
    yellow bigint, yellow_blank int not null,
    green bigint, green_blank int not null,
    untiered bigint, untiered_blank int not null,
    in_hospital bigint, in_hospital_blank int not null,
    hospitalised bigint, hospitalised_blank int not null,
    deaths bigint, deaths_blank int not null,
    checks_due bigint, checks_due_blank int not null,
    checks_done bigint, checks_done_blank int not null,
    readings bigint, readings_blank int not null,
    check_ins bigint, check_ins_blank int not null,
    held bigint, held_blank int not null,
    quarantined bigint, quarantined_blank int not null,
    late bigint, late_blank int not null,
    readings_compared bigint, readings_compared_blank int not null,
    readings_above bigint, readings_above_blank int not null,
    tests bigint, tests_blank int not null,
    tests_antigen bigint, tests_antigen_blank int not null,
    tests_pcr bigint, tests_pcr_blank int not null,
    tests_positive bigint, tests_positive_blank int not null,
    positives bigint, positives_blank int not null,
    positives_staff bigint, positives_staff_blank int not null,
    positives_reported bigint, positives_reported_blank int not null,
    symptomatic bigint, symptomatic_blank int not null,
    alerts_p1 bigint, alerts_p1_blank int not null,
    alerts_p2 bigint, alerts_p2_blank int not null,
    alerts_p3 bigint, alerts_p3_blank int not null,
    alerts_c bigint, alerts_c_blank int not null,
    alerts_open bigint, alerts_open_blank int not null,
    told bigint, told_blank int not null,
    told_in_time bigint, told_in_time_blank int not null,
    told_seconds bigint, told_seconds_blank int not null,
    acknowledged bigint, acknowledged_blank int not null,
    acknowledged_in_time bigint, acknowledged_in_time_blank int not null,
    acknowledged_seconds bigint, acknowledged_seconds_blank int not null,
    accepted bigint, accepted_blank int not null,
    accepted_in_time bigint, accepted_in_time_blank int not null,
    accepted_seconds bigint, accepted_seconds_blank int not null,
    recognised bigint, recognised_blank int not null,
    recognised_seconds bigint, recognised_seconds_blank int not null,
    intervened bigint, intervened_blank int not null,
    intervened_seconds bigint, intervened_seconds_blank int not null,
    referred bigint, referred_blank int not null,
    referred_seconds bigint, referred_seconds_blank int not null,
    referrals_suggested bigint, referrals_suggested_blank int not null,
    referrals_requested bigint, referrals_requested_blank int not null,
    referrals_accepted bigint, referrals_accepted_blank int not null,
    referrals_declined bigint, referrals_declined_blank int not null,
    referrals_departed bigint, referrals_departed_blank int not null,
    referrals_arrived bigint, referrals_arrived_blank int not null,
    referrals_admitted bigint, referrals_admitted_blank int not null,
    referrals_returned bigint, referrals_returned_blank int not null,
    referrals_treated_in_place bigint, referrals_treated_in_place_blank int not null,
    referrals_transfer_refused bigint, referrals_transfer_refused_blank int not null,
    referrals_died bigint, referrals_died_blank int not null,
    referrals_cancelled bigint, referrals_cancelled_blank int not null,
    referrals_open bigint, referrals_open_blank int not null,
    primary key (region, grain, day, setting)
) with (fillfactor = 70);
comment on table region_figures is 'sums up the tree; next to each the number of facilities where it is blank';
comment on column region_figures.running is 'facilities whose last part is not over';
create index figures_of_children on region_figures (parent, grain, day);

create table summed_up (
    facility_id int primary key references facilities,
    good_until timestamptz not null
);
comment on column summed_up.good_until is 'from then on its parts are others, even if nothing is told: a check falls due, a part ends';

-- Only added to and taken from: whoever changes something waits for nobody.
create table stale_parts (
    facility_id int not null,
    day int not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
comment on table stale_parts is 'the parts of this facility from this day on are to be counted again';
create index stale_parts_of_a_facility on stale_parts (facility_id);

create table stale_regions (
    region text not null,
    day int not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
comment on table stale_regions is 'the sums of this region for this day are to be made again, and those above it';

create function day_in_zone(at timestamptz, zone text) returns int language sql stable
    return (at at time zone coalesce(zone, 'Asia/Shanghai'))::date - date '1970-01-01';

create function midnight_in_zone(day int, zone text) returns timestamptz language sql stable
    return (date '1970-01-01' + day)::timestamp at time zone coalesce(zone, 'Asia/Shanghai');

create function zone_of_facility(facility int) returns text language sql stable
    return (select zone from facility_profiles where facility_id = facility order by recorded_at desc limit 1);

-- What counts of a facility just before a moment: the first row counts from ever, later ones not before they were recorded.
create function profile_before(facility int, moment timestamptz) returns setof facility_profiles language sql stable
begin atomic
    select p.* from facility_profiles p
    where p.facility_id = facility
        and (greatest(p.valid_from, p.recorded_at) < moment
            or p.recorded_at = (select min(recorded_at) from facility_profiles q where q.facility_id = facility))
    order by (p.recorded_at = (select min(recorded_at) from facility_profiles q where q.facility_id = facility)),
        greatest(p.valid_from, p.recorded_at) desc, p.recorded_at desc
    limit 1;
end;

-- Whoever writes what figures are counted from marks them: no code has to remember it.
create function mark_alert_stale() returns trigger language plpgsql as $$
begin
    insert into stale_parts (facility_id, day)
    values (new.facility_id, day_in_zone(new.opened_at, zone_of_facility(new.facility_id)));
    return null;
end $$;
create trigger alerts_are_counted after insert or update on alerts for each row execute function mark_alert_stale();

create function mark_delivery_stale() returns trigger language plpgsql as $$
begin
    insert into stale_parts (facility_id, day)
    select a.facility_id, day_in_zone(a.opened_at, zone_of_facility(a.facility_id)) from alerts a where a.id = new.alert_id;
    return null;
end $$;
create trigger tellings_are_counted after update of sent_at on deliveries for each row
    when (new.sent_at is distinct from old.sent_at) execute function mark_delivery_stale();

create function mark_profiles_stale() returns trigger language plpgsql as $$
begin
    -- What is first known of a facility counts from its first check.
    insert into stale_parts (facility_id, day)
    select n.facility_id, day_in_zone(
        case when exists (
            select from facility_profiles p where p.facility_id = n.facility_id and p.recorded_at < n.recorded_at
        ) then greatest(n.valid_from, n.recorded_at) else least(f.first_seen_at, n.recorded_at) end, n.zone)
    from new_rows n join facilities f on f.id = n.facility_id;
    return null;
end $$;
create trigger profiles_are_counted after insert on facility_profiles referencing new table as new_rows
    for each statement execute function mark_profiles_stale();

create function mark_residents_stale() returns trigger language plpgsql as $$
begin
    insert into stale_parts (facility_id, day)
    select r.facility_id, day_in_zone(min(coalesce(n.left_on, n.recorded_at)), zone_of_facility(r.facility_id))
    from new_rows n join residents r on r.id = n.resident_id
    group by r.facility_id;
    return null;
end $$;
create trigger residents_are_counted after insert on resident_profiles referencing new table as new_rows
    for each statement execute function mark_residents_stale();

create function mark_tiers_stale() returns trigger language plpgsql as $$
begin
    insert into stale_parts (facility_id, day)
    select r.facility_id, day_in_zone(min(greatest(n.since, n.recorded_at)), zone_of_facility(r.facility_id))
    from new_rows n join residents r on r.id = n.resident_id
    group by r.facility_id;
    return null;
end $$;
create trigger tiers_are_counted after insert on resident_tiers referencing new table as new_rows
    for each statement execute function mark_tiers_stale();

create function mark_moves_stale() returns trigger language plpgsql as $$
begin
    insert into stale_parts (facility_id, day)
    select distinct r.facility_id, day_in_zone(n.at, zone_of_facility(r.facility_id))
    from new_rows n join residents r on r.id in (n.resident_id, n.from_resident_id);
    return null;
end $$;
create trigger moves_are_counted after insert on moves referencing new table as new_rows
    for each statement execute function mark_moves_stale();

create function mark_outage_stale() returns trigger language plpgsql as $$
begin
    insert into stale_parts (facility_id, day) select id, day_in_zone(new.began_at, zone_of_facility(id)) from facilities;
    return null;
end $$;
create trigger outages_are_counted after insert or update on outages for each row execute function mark_outage_stale();

create index replacements_of_a_facility on corrections (facility_id, replacement_at)
    where in_force and replacement is not null;

-- What was counted by day before is counted by part from now on.
insert into stale_parts (facility_id, day) select facility_id, min(day) from facility_days group by facility_id;
