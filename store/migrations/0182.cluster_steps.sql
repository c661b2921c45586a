-- Why: a cluster is an event that people verify, act upon and close, each in its time, and disease control is told of it.
create table cluster_steps (
    id bigint generated always as identity primary key,
    alert_id bigint not null references alerts,
    at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null,
    step text not null constraint cluster_step_is_known check (step in ('verified', 'discarded', 'acted', 'told', 'closed')),
    words text not null,
    whom text
);
comment on column cluster_steps.at is 'when it was done; it may be recorded later';
comment on column cluster_steps.whom is 'told: who of disease control was';
create index cluster_steps_of_an_alert on cluster_steps (alert_id, at, id);
create index cluster_findings on alerts (opened_at)
    where condition in ('first_case', 'cluster', 'case_excess', 'region_excess', 'region_positivity');

-- What had closed before events were followed is nobody's open event.
insert into cluster_steps (alert_id, at, recorded_at, actor, step, words)
select id, closed_at, now(), 'sizao', 'closed', '建立事件登记之前已办结 / closed before events were followed'
from alerts
where closed_at is not null
    and condition in ('first_case', 'cluster', 'case_excess', 'region_excess', 'region_positivity');

create view cluster_timings as
select a.id as alert_id, a.facility_id, coalesce(f.region, p.region) as region, coalesce(p.drill, false) as drill,
    a.condition, a.opened_at,
    coalesce((select min(recorded_at) from transitions t where t.alert_id = a.id), a.opened_at) as found_at,
    (select min(at) from cluster_steps s where s.alert_id = a.id and s.step in ('verified', 'discarded')) as verified_at,
    (select min(at) from cluster_steps s where s.alert_id = a.id and s.step = 'acted') as acted_at,
    (select min(at) from cluster_steps s where s.alert_id = a.id and s.step = 'told') as told_at,
    (select min(at) from cluster_steps s where s.alert_id = a.id and s.step in ('closed', 'discarded')) as closed_at,
    exists (select from cluster_steps s where s.alert_id = a.id and s.step = 'discarded') as discarded
from alerts a
join facilities f on f.id = a.facility_id
left join lateral (
    select region, drill from facility_profiles where facility_id = f.id order by recorded_at desc limit 1
) p on true
where a.condition in ('first_case', 'cluster', 'case_excess', 'region_excess', 'region_positivity');
comment on view cluster_timings is 'found: the finding was recorded; told: disease control was; null: not yet';
