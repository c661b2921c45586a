-- name: elements
-- What was heard, by part. A part that nothing was heard in has no row.
select a.facility_id, a.day, a.part, 1 as heard,
    count(*) filter (where e.type = 1 and e.fate <> 3) as readings,
    count(*) filter (where e.type = 3) as check_ins,
    count(*) filter (where e.fate = 2) as held,
    count(*) filter (where e.type = 1 and e.fate = 3) as quarantined,
    count(*) filter (where e.fate = 4) as late,
    count(*) filter (where e.type = 2) as tests,
    count(*) filter (where e.type = 2 and e.test = 1) as tests_antigen,
    count(*) filter (where e.type = 2 and e.test = 2) as tests_pcr,
    count(*) filter (where e.type = 2 and e.result = 1) as tests_positive
from asked_parts a
join asked_elements e on e.facility_id = a.facility_id and e.at >= a.since and e.at < a.until
group by a.facility_id, a.day, a.part;

-- name: unwatched
-- Parts in which no gateway could take anything in for a while.
select a.facility_id, a.day, a.part, 1 as unwatched
from asked_parts a
where exists (select from outages o where o.began_at < a.at and coalesce(o.ended_at, 'infinity') > a.since);

-- name: people
-- Who lives there at the end of each part, by tier, and who is in hospital.
select a.facility_id, a.day, a.part, count(*) as residents,
    count(*) filter (where t.tier = 'red') as red, count(*) filter (where t.tier = 'yellow') as yellow,
    count(*) filter (where t.tier = 'green') as green, count(*) filter (where t.tier is null) as untiered,
    count(*) filter (where s.presence = 2 and a.at - s.since <= interval '35 days') as in_hospital
from asked_parts a
join asked_people p on p.facility_id = a.facility_id and p.since < a.at and coalesce(p.until, 'infinity') >= a.at
left join asked_stays s on s.resident_id = p.resident_id and s.since < a.at and s.until >= a.at
left join lateral (
    -- What is recorded first counts from ever, as of every profile.
    select tier from resident_tiers r
    where r.resident_id = p.resident_id and r.since < a.at and r.recorded_at <= greatest(
        a.at, (select min(recorded_at) from resident_tiers q where q.resident_id = p.resident_id)
    )
    order by r.recorded_at desc, r.since desc limit 1
) t on true
where coalesce(s.presence, 1) not in (5, 6, 7)
group by a.facility_id, a.day, a.part;

-- name: turns
-- Who was newly said to be in hospital or to have died.
select a.facility_id, a.day, a.part,
    count(*) filter (where s.presence = 2 and s.before is distinct from 2) as hospitalised,
    count(*) filter (where s.presence = 7 and s.before is distinct from 7) as deaths
from asked_parts a
join asked_stays s on s.facility_id = a.facility_id and s.since >= a.since and s.since < a.until
group by a.facility_id, a.day, a.part;

-- name: checks
-- Checks due: one a present resident and cut-off that has passed; done: a reading or check-in since the cut-off before.
with dues as (
    select a.facility_id, a.day, a.part, c.at, c.previous
    from asked_parts a
    cross join lateral (
        select m.at, lag(m.at) over (order by m.at) as previous from (
            select ((date '1970-01-01' + a.day + n)::timestamp + make_interval(mins => q))
                at time zone coalesce(a.zone, 'Asia/Shanghai') as at
            from generate_series(-1, 0) n, unnest(coalesce(a.cutoffs, '{600,1080}')) q
        ) m
    ) c
    where c.at >= a.since and c.at < a.until and c.at <= a.clock
), checked as (
    select distinct d.facility_id, d.at, e.resident_id
    from dues d
    join asked_elements e on e.facility_id = d.facility_id and e.at > d.previous and e.at <= d.at
    where e.type in (1, 3)
)
select d.facility_id, d.day, d.part, count(*) as checks_due, count(k.resident_id) as checks_done
from dues d
join asked_people p on p.facility_id = d.facility_id and p.since < d.at and coalesce(p.until, 'infinity') > d.at
left join asked_stays s on s.resident_id = p.resident_id and s.since <= d.at and s.until > d.at
left join checked k on k.facility_id = d.facility_id and k.at = d.at and k.resident_id = p.resident_id
where s.presence is null or s.presence = 1 or d.at - s.since > interval '35 days' and s.presence not in (5, 6, 7)
group by d.facility_id, d.day, d.part;

-- name: baselines
-- Readings of residents with medians of at least 7 of the days 8 to 35 before, and those beyond the outer fifth of them.
with usual as (
    select w.facility_id, w.day, x.resident_id, count(x.spo2_median) as spo2_days, count(x.temperature_median) as temperature_days,
        percentile_disc(0.2) within group (order by x.spo2_median) as low_spo2,
        percentile_disc(0.8) within group (order by x.temperature_median) as high_temperature
    from (select distinct facility_id, day from asked_parts) w
    join asked_people p on p.facility_id = w.facility_id
    join resident_days x on x.resident_id = p.resident_id and x.day between w.day - 35 and w.day - 8
    group by w.facility_id, w.day, x.resident_id
    having greatest(count(x.spo2_median), count(x.temperature_median)) >= 7
)
select a.facility_id, a.day, a.part, count(*) as readings_compared,
    count(*) filter (where e.spo2 < u.low_spo2 and e.is_resting_on_air and u.spo2_days >= 7
        or e.temperature > u.high_temperature and u.temperature_days >= 7) as readings_above
from asked_parts a
join asked_elements e on e.facility_id = a.facility_id and e.at >= a.since and e.at < a.until
join usual u on u.facility_id = a.facility_id and u.day = a.day and u.resident_id = e.resident_id
where e.type = 1 and e.fate <> 3
    and (e.spo2 is not null and e.is_resting_on_air and u.spo2_days >= 7 or e.temperature is not null and u.temperature_days >= 7)
group by a.facility_id, a.day, a.part;

-- name: cases
-- People newly positive or with symptoms: the first sign of 14 days; by the specimen, and by the report.
with firsts as (
    select facility_id, min(since) as since from asked_parts group by facility_id
), signs as (
    select c.facility_id, c.observed_at, c.event_id, c.resident_id is null as is_staff, c.sign,
        c.observed_at - lag(c.observed_at) over (
            partition by c.facility_id, c.sign, c.resident_id, c.staff order by c.observed_at, c.event_id
        ) as gap
    from firsts f
    join case_elements c on c.facility_id = f.facility_id and c.observed_at >= f.since - interval '29 days'
), news as (
    select s.*, coalesce((o.rest ->> 'reported_at')::timestamptz, o.received_at, s.observed_at) as reported_at
    from signs s
    left join observations o on o.observed_at = s.observed_at and o.event_id = s.event_id
        and o.observed_at >= %(first)s::timestamptz - interval '29 days' and s.sign = 'positive'
    where s.gap is null or s.gap >= interval '14 days'
)
select a.facility_id, a.day, a.part,
    count(*) filter (where n.sign = 'positive' and not n.is_staff and n.is_onset) as positives,
    count(*) filter (where n.sign = 'positive' and n.is_staff and n.is_onset) as positives_staff,
    count(*) filter (where n.sign = 'positive' and not n.is_onset) as positives_reported,
    count(*) filter (where n.sign = 'symptoms' and n.is_onset) as symptomatic
from asked_parts a
join (
    select facility_id, sign, is_staff, observed_at as at, true as is_onset from news
    union all
    select facility_id, sign, is_staff, reported_at, false from news
) n on n.facility_id = a.facility_id and n.at >= a.since and n.at < a.until
group by a.facility_id, a.day, a.part;

-- name: alerts
-- Alerts opened in each part, by the worst severity they reached; of the urgent ones the clocks until people knew and acted.
with opened as (
    select a.facility_id, a.day, a.part, l.opened_at, f.severity, f.recorded_at, d.told_at, x.acknowledged_at, x.accepted_at,
        a.told_within, a.acknowledged_within, a.accepted_within
    from asked_parts a
    join alerts l on l.facility_id = a.facility_id and l.opened_at >= a.since and l.opened_at < a.until
        and l.last_transition_at >= a.since
    cross join lateral (
        select coalesce(min(t.severity), l.severity) as severity, min(t.recorded_at) as recorded_at
        from transitions t where t.alert_id = l.id and t.kind in ('opened', 'worsened')
    ) f
    cross join lateral (
        select min(sent_at) as told_at from deliveries where alert_id = l.id and kind = 'alarm' and status = 'sent'
    ) d
    cross join lateral (
        select min(at) filter (where action in ('acknowledged', 'accepted')) as acknowledged_at,
            min(at) filter (where action = 'accepted') as accepted_at
        from alert_actions where alert_id = l.id
    ) x
), urgent as (
    select *, told_at - recorded_at as told_after, acknowledged_at - recorded_at as acknowledged_after,
        accepted_at - recorded_at as accepted_after, recorded_at - opened_at as recognised_after
    from opened
)
select facility_id, day, part,
    count(*) filter (where severity = 1) as alerts_p1, count(*) filter (where severity = 2) as alerts_p2,
    count(*) filter (where severity = 3) as alerts_p3, count(*) filter (where severity = 4) as alerts_c,
    count(told_after) filter (where severity <= 2) as told,
    count(*) filter (where severity <= 2 and told_after <= told_within) as told_in_time,
    coalesce(extract(epoch from sum(told_after) filter (where severity <= 2))::bigint, 0) as told_seconds,
    count(acknowledged_after) filter (where severity <= 2) as acknowledged,
    count(*) filter (where severity <= 2 and acknowledged_after <= acknowledged_within) as acknowledged_in_time,
    coalesce(extract(epoch from sum(acknowledged_after) filter (where severity <= 2))::bigint, 0) as acknowledged_seconds,
    count(accepted_after) filter (where severity <= 2) as accepted,
    count(*) filter (where severity <= 2 and accepted_after <= accepted_within) as accepted_in_time,
    coalesce(extract(epoch from sum(accepted_after) filter (where severity <= 2))::bigint, 0) as accepted_seconds,
    count(recognised_after) filter (where severity <= 2) as recognised,
    coalesce(extract(epoch from sum(recognised_after) filter (where severity <= 2))::bigint, 0) as recognised_seconds
from urgent
group by facility_id, day, part;

-- name: open_alerts
-- Urgent alerts that were not closed at the end of each part.
select a.facility_id, a.day, a.part, count(*) as alerts_open
from asked_parts a
join alerts l on l.facility_id = a.facility_id and l.opened_at < a.at and coalesce(l.closed_at, 'infinity') >= a.at
    and l.last_transition_at >= l.opened_at
where l.severity <= 2
group by a.facility_id, a.day, a.part;

-- name: clusters
-- Findings of a home or unit that cases belong together: opened in each part, and not closed at its end.
select a.facility_id, a.day, a.part,
    count(*) filter (where l.opened_at >= a.since and l.opened_at < a.until) as clusters_found,
    count(*) filter (where l.opened_at < a.at and coalesce(l.closed_at, 'infinity') >= a.at) as clusters_open
from asked_parts a
join alerts l on l.facility_id = a.facility_id and l.opened_at < a.until and coalesce(l.closed_at, 'infinity') >= a.since
    and l.condition in ('cluster', 'case_excess') and l.last_transition_at >= l.opened_at
group by a.facility_id, a.day, a.part;

-- name: cluster_events
-- What was done first about the clusters of a home in each part, and how long it was since they were found.
with steps as (
    select t.facility_id, s.step, s.at, extract(epoch from greatest(s.at - t.found_at, '0')) as seconds
    from (select distinct facility_id from asked_parts) f
    join cluster_timings t on t.facility_id = f.facility_id and t.condition in ('first_case', 'cluster', 'case_excess')
    cross join lateral (values
        ('verified', t.verified_at), ('acted', t.acted_at), ('told', t.told_at),
        -- Without a word on what it was it had closed before events were followed.
        ('closed', case when t.verified_at is not null then t.closed_at end)
    ) s (step, at)
)
select a.facility_id, a.day, a.part,
    count(*) filter (where s.step = 'verified') as events_verified,
    coalesce(sum(s.seconds) filter (where s.step = 'verified'), 0)::bigint as events_verified_seconds,
    count(*) filter (where s.step = 'acted') as events_acted,
    coalesce(sum(s.seconds) filter (where s.step = 'acted'), 0)::bigint as events_acted_seconds,
    count(*) filter (where s.step = 'told') as events_told,
    coalesce(sum(s.seconds) filter (where s.step = 'told'), 0)::bigint as events_told_seconds,
    count(*) filter (where s.step = 'closed') as events_closed,
    coalesce(sum(s.seconds) filter (where s.step = 'closed'), 0)::bigint as events_closed_seconds
from asked_parts a
join steps s on s.facility_id = a.facility_id and s.at >= a.since and s.at < a.until
group by a.facility_id, a.day, a.part;

-- name: to_verify
-- Facilities with a finding of data to be verified that is not closed at the end of each part.
select a.facility_id, a.day, a.part, 1 as to_verify
from asked_parts a
where exists (
    select from alerts l
    where l.facility_id = a.facility_id and l.condition = 'data_to_verify' and l.opened_at < a.at
        and coalesce(l.closed_at, 'infinity') >= a.at and l.last_transition_at >= l.opened_at
);

-- name: feedback
-- Of the urgent alerts opened in each part, what was said of them last.
select a.facility_id, a.day, a.part, count(*) as assessed,
    count(*) filter (where g.verdict = 'nonactionable') as nonactionable,
    count(*) filter (where g.verdict = 'false') as false_alarms
from asked_parts a
join alerts l on l.facility_id = a.facility_id and l.opened_at >= a.since and l.opened_at < a.until
    and l.last_transition_at >= a.since
cross join lateral (
    select verdict from alert_feedback where alert_id = l.id order by id desc limit 1
) g
where coalesce((
    select min(t.severity) from transitions t where t.alert_id = l.id and t.kind in ('opened', 'worsened')
), l.severity) <= 2
group by a.facility_id, a.day, a.part;

-- name: reports
-- The facility's report of the day, in the part before the cut-off what is counted, in both what stands; late or missing
-- is only what was not given although we looked: the time is longer by as long as nothing could be taken in.
with times as (
    select until, report_time(until) as time from (select distinct until from asked_parts where part = 0) u
), due as (
    select a.facility_id, a.day, a.clock, a.is_registered, t.time
    from asked_parts a join times t on t.until = a.until where a.part = 0
), given as (
    select d.*, r.*, f.first_at
    from due d
    left join lateral (
        select r.day as said, r.residents, r.beds, r.staff_on_duty as staff, r.oximeters_working, r.oxygen_devices_working,
            r.antiviral_days, r.antipyretic_days, r.operating, r.visitors as visits, r.visitors_turned_away as turned_away,
            r.nothing_to_report
        from facility_reports r where r.facility_id = d.facility_id and r.day = d.day
        order by r.observed_at desc, r.received_at desc, r.event_id desc limit 1
    ) r on true
    left join lateral (
        select min(received_at) as first_at from facility_reports r where r.facility_id = d.facility_id and r.day = d.day
    ) f on true
)
select g.facility_id, g.day, a.part, is_due as reports_due, case when is_due = 1 then (said is not null)::int end as reports_given,
    case when is_due = 1 then coalesce(nothing_to_report, false)::int end as reports_zero,
    case when is_due = 1 then coalesce(first_at > time, false)::int end as reports_late,
    case when is_due = 1 then (said is null and g.clock >= time)::int end as reports_missing,
    case when is_due = 1 then (said is null and g.clock < time)::int end as reports_unwatched,
    case when a.part = 0 then visits end as visitors, case when a.part = 0 then turned_away end as visitors_turned_away,
    residents as occupants, beds, staff as staff_on_duty, oximeters_working as oximeters,
    oxygen_devices_working as oxygen_devices, (antiviral_days < 3)::int as antiviral_short,
    (antipyretic_days < 3)::int as antipyretic_short, (operating = 'open')::int as operating_open,
    (operating = 'restricted')::int as operating_restricted, (operating = 'closed')::int as operating_closed
from given g
join asked_parts a on a.facility_id = g.facility_id and a.day = g.day
cross join lateral (
    select case when a.part = 0 and g.is_registered and (g.said is not null or %(now)s >= g.time) then 1 end as is_due
) v;

-- name: difficulties
-- Difficulties raised and resolved in each part, and those open at its end.
select a.facility_id, a.day, a.part,
    count(*) filter (where t.is_open and t.at >= a.since and t.at < a.until) as difficulties_raised,
    count(*) filter (where not t.is_open and t.at >= a.since and t.at < a.until) as difficulties_resolved,
    coalesce(sum(case when t.is_open then 1 else -1 end) filter (where t.at < a.at), 0) as difficulties_open
from asked_parts a
cross join lateral difficulty_turns_of(a.facility_id) t
where t.at < a.until
group by a.facility_id, a.day, a.part;

-- name: referral_steps
-- Steps of referrals by the time they were taken.
select a.facility_id, a.day, a.part,
    count(*) filter (where s.step = 'suggested') as referrals_suggested,
    count(*) filter (where s.step = 'requested') as referrals_requested,
    count(*) filter (where s.step = 'accepted') as referrals_accepted,
    count(*) filter (where s.step = 'declined') as referrals_declined,
    count(*) filter (where s.step = 'departed') as referrals_departed,
    count(*) filter (where s.step = 'arrived') as referrals_arrived,
    count(*) filter (where s.step = 'admitted') as referrals_admitted,
    count(*) filter (where s.step = 'returned') as referrals_returned,
    count(*) filter (where s.step = 'treated_in_place') as referrals_treated_in_place,
    count(*) filter (where s.step = 'transfer_refused') as referrals_transfer_refused,
    count(*) filter (where s.step = 'no_bed') as referrals_no_bed,
    count(*) filter (where s.step = 'called_120') as referrals_called_120,
    count(*) filter (where s.step = 'died') as referrals_died,
    count(*) filter (where s.step = 'cancelled') as referrals_cancelled,
    count(*) filter (where s.step = 'closed') as referrals_closed
from asked_parts a
join referral_steps s on s.facility_id = a.facility_id and s.at >= a.since and s.at < a.until
group by a.facility_id, a.day, a.part;

-- name: beds
-- Referrals whose first admission lies in each part, and how long it was since they were requested.
select a.facility_id, a.day, a.part, count(*) as bed_reached,
    extract(epoch from sum(s.at - b.requested_at))::bigint as bed_seconds
from asked_parts a
join referral_steps s on s.facility_id = a.facility_id and s.at >= a.since and s.at < a.until and s.step = 'admitted'
cross join lateral (
    select min(at) filter (where step = 'requested') as requested_at, min(at) filter (where step = 'admitted') as admitted_at
    from referral_steps where facility_id = s.facility_id and referral = s.referral
) b
where b.admitted_at = s.at and b.requested_at <= s.at
group by a.facility_id, a.day, a.part;

-- name: open_referrals
-- Referrals under way at the end of each part.
select a.facility_id, a.day, a.part, count(*) as referrals_open
from asked_parts a
join referrals r on r.facility_id = a.facility_id and r.began_at < a.at and coalesce(r.ended_at, 'infinity') >= a.at
group by a.facility_id, a.day, a.part;

-- name: interventions
-- Of the urgent alerts opened in each part: those that something was done about, and those that led to a referral.
with urgent as (
    select a.facility_id, a.day, a.part,
        (select min(i.at) from interventions i where i.alert_id = l.id) - l.opened_at as intervened_after,
        (select min(r.requested_at) from referrals r where r.alert_id = l.id) - l.opened_at as referred_after
    from asked_parts a
    join alerts l on l.facility_id = a.facility_id and l.opened_at >= a.since and l.opened_at < a.until
        and l.last_transition_at >= a.since
    where coalesce((
        select min(t.severity) from transitions t where t.alert_id = l.id and t.kind in ('opened', 'worsened')
    ), l.severity) <= 2
)
select facility_id, day, part, count(intervened_after) as intervened,
    coalesce(extract(epoch from sum(intervened_after))::bigint, 0) as intervened_seconds,
    count(referred_after) as referred,
    coalesce(extract(epoch from sum(referred_after))::bigint, 0) as referred_seconds
from urgent
group by facility_id, day, part;
