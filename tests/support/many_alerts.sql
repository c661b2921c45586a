-- A store that has been in use for a winter; see many_alerts.py. Homes of five counties, fifty residents each, most with an alert of
-- each of five conditions, and everything that belongs to them.

insert into facilities (code, provisional, partition) select 'H-' || lpad(n::text, 4, '0'), false, n %% 24
from generate_series(1, %(homes)s) n order by n;

insert into facility_profiles (facility_id, valid_from, recorded_at, name, region, zone, altitude_m, rural,
    temperature_site, cutoffs, mode, phones, drill, hospital)
select id, now() - interval '90 d', now() - interval '90 d', '敬老院' || id, (%(regions)s::text[])[1 + id %% 5],
    'Asia/Shanghai', 20, false, 'axillary', '{600,1080}', '疫情期间', '0535-6100000', false, 'S-1'
from facilities;

insert into hospital_profiles (hospital, valid_from, recorded_at, name, region, phones, green_channel)
values ('S-1', now() - interval '90 d', now() - interval '90 d', '县人民医院', '370613', '', '0535-120120');

insert into residents (facility_id, code, provisional, known_from)
select f.id, 'R-' || lpad(n::text, 3, '0'), false, now() - interval '90 d'
from facilities f cross join generate_series(1, 50) n order by f.id, n;

insert into resident_profiles (resident_id, valid_from, recorded_at, unit, bed, birth_year, spo2_scale)
select id, now() - interval '90 d', now() - interval '90 d', '三楼', (id %% 50)::text || '床', 1938, 1 from residents;

insert into alerts (facility_id, resident_id, condition, severity, rule, condition_state, signal, responsibility,
    opened_at, last_transition_at, closed_at, reason_zh, reason_en, episodes, code, alarm_at, next_escalation_at)
select r.facility_id, r.id, (array['hypoxia','fever','early_warning','missed_check','cannot_measure'])[1 + n %% 5],
    case when n %% 50 = 0 then 1 when n %% 10 < 2 then 2 when n %% 10 < 6 then 3 else 4 end, 'D01',
    case when o then 'present' else 'absent' end, case when o then 'on' else 'off' end, 'undefined',
    now() - t, now() - t, case when o then null else now() - t / 2 end, '血氧不高于93%%：血氧91%%', 'SpO2 91 %%', '{}',
    case when o then substr(upper(md5(n::text)), 1, 4) || n end, now() - t,
    case when o then now() + (n %% 600) * interval '1 s' end
from generate_series(0, %(alerts)s - 1) n
join residents r on r.id = (select min(id) from residents) + n / 5
cross join lateral (select n %% (%(alerts)s / %(open)s) = 0 as o) x
cross join lateral (select case when o then (n %% 86400) * interval '1 s' else (n %% 7776000) * interval '150 s' end as t) y;

insert into episodes (id, resident_id, facility_id, condition, opened_at, opened_rank, opened_id, outcome, severity, content)
select id, resident_id, facility_id, condition, 0, 0, id::text, 'open', severity, '{}' from alerts;

insert into transitions (episode_id, alert_id, facility_id, resident_id, at, recorded_at, kind, condition, severity,
    rule, rule_version, reason_zh, reason_en, evidence, origin)
select a.id, a.id, a.facility_id, a.resident_id, a.opened_at, a.opened_at, k, a.condition, a.severity, 'D01', '1',
    a.reason_zh, a.reason_en, '[]', 'live'
from alerts a cross join unnest(array['opened']) k;

insert into deliveries (alert_id, transition_id, channel, address, kind, status, next_attempt_at, idempotency_key,
    created_at, sent_at, severity, person)
select t.alert_id, t.id, 'sms', '13800000000', 'alarm',
    case when t.alert_id %% 1000 = 1 then 'due' else 'sent' end, t.at, 'k' || t.id, t.at, t.at, t.severity, '护士小李'
from transitions t;

insert into alert_actions (alert_id, at, actor, action)
select id, opened_at, '护士小李', 'acknowledged' from alerts;

insert into referrals (facility_id, code, resident_id, alert_id, stage, hospital, began_at, ended_at, due_at, looked_at,
    plan, content, seen_by)
select facility_id, 'B-' || id, resident_id, id, 'requested', 'S-1', opened_at, closed_at,
    case when closed_at is null then now() + interval '20 min' end, opened_at, '[["S-1", "县人民医院"]]',
    jsonb_build_object('code', 'B-' || id, 'stage', 'requested', 'began', 0, 'hospital', 'S-1'), '{S-1}'
from alerts where id %% 10 = 1;

insert into referral_steps (facility_id, at, id, recorded_at, referral, step, source, resident_id, hospital)
select facility_id, began_at, gen_random_uuid(), began_at, code, 'requested', 'console', resident_id, 'S-1' from referrals;

insert into observations (observed_at, received_at, content, event_id, facility_id, resident_id, type, fate, spo2_tenths,
    pulse_per_min, temperature_tenths, temperature_site)
select now() - n * interval '6 h' - r.id * interval '1 s', now() - n * interval '6 h', n, gen_random_uuid(),
    r.facility_id, r.id, 1, 1, 960, 72, 366, 2
from residents r cross join generate_series(1, 6) n;
