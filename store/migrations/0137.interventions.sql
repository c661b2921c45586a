-- Why: early intervention is a thing done at a time, so that found, recognised, intervened and referred can be timed.
create table interventions (
    id bigint generated always as identity primary key,
    alert_id bigint not null references alerts,
    at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null,
    kind text not null constraint intervention_is_known
        check (kind in ('repeat_measurement', 'oxygen', 'medicine', 'doctor_by_phone', 'doctor_on_site')),
    detail text
);
comment on column interventions.at is 'when it was done; it may be recorded later';
create index interventions_of_an_alert on interventions (alert_id, at);
create index alerts_by_opening on alerts (opened_at);

create view alert_timings as
select a.id as alert_id, a.facility_id, p.region, p.drill, a.opened_at,
    (select min(t.severity) from transitions t where t.alert_id = a.id) as severity,
    coalesce(o.found_at, a.opened_at) as found_at, o.recognised_at,
    (select min(i.at) from interventions i where i.alert_id = a.id) as intervened_at,
    (select min(r.requested_at) from referrals r where r.alert_id = a.id and r.facility_id = a.facility_id) as referred_at
from alerts a
join residents s on s.id = a.resident_id and s.kind = 'resident'
left join lateral (
    select region, drill from facility_profiles where facility_id = a.facility_id order by recorded_at desc limit 1
) p on true
left join lateral (
    select t.recorded_at as recognised_at,
        (select min((e ->> 'observed_at')::timestamptz) from jsonb_array_elements(t.evidence) e) as found_at
    from transitions t where t.alert_id = a.id and t.kind in ('opened', 'worsened', 'divided')
    order by t.id limit 1
) o on true
where a.condition <> 'referral_stalled';
comment on view alert_timings is 'severity: the worst it had; found: the first value it rests on was observed; recognised: the alert was opened; null: never';
