-- Why: what a facility is now (its newest profile) was spelt out in forty statements; it is one question with one answer.
create view facilities_now as
select f.id, f.code, f.provisional, f.partition, f.region as itself, coalesce(f.region, p.region) as region, p.name,
    coalesce(p.zone, 'Asia/Shanghai') as zone, p.phones, p.altitude_m, p.rural, p.mode, p.hospital,
    coalesce(p.drill, false) as drill, p.recorded_at
from facilities f
left join lateral (
    select * from facility_profiles where facility_id = f.id order by recorded_at desc limit 1
) p on true;
comment on view facilities_now is 'facilities by their newest profile; what was never registered has no name';
comment on column facilities_now.itself is 'the region whose findings live here: no facility then';
comment on column facilities_now.recorded_at is 'of the newest profile; null: never registered';

create or replace view alert_timings as
select a.id as alert_id, a.facility_id, f.region, f.drill, a.opened_at,
    (select min(t.severity) from transitions t where t.alert_id = a.id) as severity,
    coalesce(o.found_at, a.opened_at) as found_at, o.recognised_at,
    (select min(i.at) from interventions i where i.alert_id = a.id) as intervened_at,
    (select min(r.requested_at) from referrals r where r.alert_id = a.id and r.facility_id = a.facility_id) as referred_at
from alerts a
join residents s on s.id = a.resident_id and s.kind = 'resident'
join facilities_now f on f.id = a.facility_id
left join lateral (
    select t.recorded_at as recognised_at,
        (select min((e ->> 'observed_at')::timestamptz) from jsonb_array_elements(t.evidence) e) as found_at
    from transitions t where t.alert_id = a.id and t.kind in ('opened', 'worsened', 'divided')
    order by t.id limit 1
) o on true
where a.condition <> 'referral_stalled';

create or replace view cluster_timings as
select a.id as alert_id, a.facility_id, f.region, f.drill, a.condition, a.opened_at,
    coalesce((select min(recorded_at) from transitions t where t.alert_id = a.id), a.opened_at) as found_at,
    (select min(at) from cluster_steps s where s.alert_id = a.id and s.step in ('verified', 'discarded')) as verified_at,
    (select min(at) from cluster_steps s where s.alert_id = a.id and s.step = 'acted') as acted_at,
    (select min(at) from cluster_steps s where s.alert_id = a.id and s.step = 'told') as told_at,
    (select min(at) from cluster_steps s where s.alert_id = a.id and s.step in ('closed', 'discarded')) as closed_at,
    exists (select from cluster_steps s where s.alert_id = a.id and s.step = 'discarded') as discarded
from alerts a
join facilities_now f on f.id = a.facility_id
where a.condition in ('first_case', 'cluster', 'case_excess', 'region_excess', 'region_positivity');

create or replace function name_facilities(ids int[]) returns void language sql
begin atomic
    delete from board_facilities where facility_id = any(ids);
    insert into board_facilities (facility_id, code, name, region)
    select id, code, coalesce(name, code), coalesce(region, '') from facilities_now
    where id = any(ids) and itself is null and not drill
    on conflict (facility_id) do update set code = excluded.code, name = excluded.name, region = excluded.region;
end;
