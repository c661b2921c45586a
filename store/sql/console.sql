-- name: seen
-- Whether a facility or region is a reader's to see: put into the statements below.
(code = any(%(codes)s::text[])
        or exists (select from unnest(%(regions)s::text[]) prefix where starts_with(coalesce(region, ''), prefix)));

-- name: overview
-- The facilities of a reader: people, who was checked since a time, when it was last heard of, what is open there.
with homes as materialized (
    select id, code, name, rural, altitude_m, drill from facilities_now
    where itself is null and code <> %(hidden)s and {seen}
), shown as (
    select homes.*, coalesce(u.urgent, 0) as urgent from homes
    left join (
        select facility_id, count(*) as urgent from alerts where closed_at is null and severity <= 2 group by facility_id
    ) u on u.facility_id = homes.id
    order by 7 desc, code
    limit %(limit)s
)
select s.id, s.code, coalesce(s.name, ''), coalesce(s.rural, false), coalesce(s.altitude_m, 0),
    (select count(*) from residents r where r.facility_id = s.id and r.kind = 'resident'),
    o.checked, o.newest, s.urgent, s.drill
from shown s
cross join lateral (
    select count(distinct resident_id) as checked, max(received_at) as newest
    from observations where facility_id = s.id and observed_at >= %(since)s and type in (1, 3)
) o
order by s.urgent desc, s.code;

-- name: line
-- The columns of an alert (a) of a resident (r, with rp) of a facility (h): put into the two statements below.
a.id, h.code, coalesce(h.name, ''), r.code, rp.unit, a.condition, a.severity, a.rule, a.condition_state, a.signal,
    a.responsibility, a.opened_at, a.last_transition_at, a.acknowledged_by, a.acknowledged_at, a.acknowledged_comment,
    a.reason_zh, a.reason_en, a.closed_at, a.facility_id, a.resident_id, h.zone,
    a.code, rp.bed, a.responsible, a.snoozed_until, h.drill, a.next_escalation_at,
    h.itself, (select min(c.due_at) from reporting_clocks c where c.alert_id = a.id and c.report_id is null),
    a.lapsed;

-- name: open_alerts
-- Open alerts with their place, drills last and the self-check never, the worst first, the signal that is on before the rest, then the clock.
with homes as materialized (
    select id, code, itself, name, zone, drill from facilities_now
    where code <> %(hidden)s and (%(facility)s::text is null or code = %(facility)s or name = %(facility)s) and {seen}
), chosen as (
    select a.id from homes h join alerts a on a.facility_id = h.id
    where a.closed_at is null and a.severity <= %(worst)s
        and (%(condition)s::text is null or a.condition = %(condition)s)
        and (not %(unanswered)s or a.signal in ('on', 'latched') and a.responsibility <> 'accepted')
    order by h.drill, a.severity, a.signal <> 'on', a.next_escalation_at nulls last, a.last_transition_at desc
    limit %(limit)s
)
select {line}
from chosen join alerts a on a.id = chosen.id join homes h on h.id = a.facility_id join residents r on r.id = a.resident_id
left join lateral (
    select unit, bed from resident_profiles where resident_id = r.id order by recorded_at desc, valid_from desc limit 1
) rp on true
order by h.drill, a.severity, a.signal <> 'on', a.next_escalation_at nulls last, a.last_transition_at desc;

-- name: alert
-- One alert with its place, open or closed.
select {line}
from alerts a
join residents r on r.id = a.resident_id
join facilities_now h on h.id = a.facility_id
left join lateral (
    select unit, bed from resident_profiles where resident_id = r.id order by recorded_at desc, valid_from desc limit 1
) rp on true
where a.id = %(id)s;

-- name: counters
-- Of a reader's facilities, but drills: checks of the last minutes, what is open, how many messages wait.
with seen as materialized (
    select id from facilities_now where not drill and {seen}
)
select
    (select count(*) from observations join seen on seen.id = facility_id
        where observed_at >= %(since)s and received_at >= %(since)s),
    (select count(*) from alerts join seen on seen.id = facility_id where closed_at is null and severity <= 2),
    (select count(*) from alerts join seen on seen.id = facility_id where closed_at is null and severity = 4),
    (select count(*) from deliveries d join alerts a on a.id = d.alert_id join seen on seen.id = a.facility_id
        where d.status in ('due', 'sending'));

-- name: standing
-- Open alerts of a reader's facilities by severity, but drills: how many, how many nobody answers for, and their clocks.
with seen as materialized (
    select id from facilities_now where not drill and {seen}
), open_ones as (
    select a.id, a.severity, a.opened_at, a.next_escalation_at, a.signal in ('on', 'latched') and a.responsibility <> 'accepted' as waits
    from alerts a join seen on seen.id = a.facility_id where a.closed_at is null
)
select severity, count(*), count(*) filter (where waits), min(opened_at) filter (where waits),
    min(next_escalation_at) filter (where waits),
    (select min(c.due_at) from reporting_clocks c join open_ones o on o.id = c.alert_id
        where c.report_id is null and o.severity = open_ones.severity)
from open_ones
group by severity
order by severity;

-- name: place_of_alert
-- Whose alert it is, and in which region.
select f.code, f.region, r.code from alerts a
join facilities_now f on f.id = a.facility_id
join residents r on r.id = a.resident_id
where a.id = %(id)s;

-- name: place_of_facility
-- In which region a facility lies.
select code, region, null::text from facilities_now where code = %(code)s;

-- name: zone_of
-- The time zone of a facility.
select zone from facilities_now where code = %(code)s;

-- name: curve
-- A resident's values of a stretch, as they count.
select observed_at, spo2_tenths, temperature_tenths, pulse_per_min, event_id, fate from observations
where facility_id = %(facility)s and resident_id = %(resident)s and observed_at >= %(since)s and observed_at <= %(until)s
    and type = 1 and effect = 0
order by observed_at, event_id
limit 4000;

-- name: last_values
-- The newest reading of each resident of a facility since a time.
select distinct on (o.resident_id) o.resident_id, r.code, o.observed_at, o.spo2_tenths, o.pulse_per_min,
    o.temperature_tenths, o.fate
from observations o join residents r on r.id = o.resident_id
where o.facility_id = %(facility)s and o.observed_at >= %(since)s and o.type = 1
order by o.resident_id, o.observed_at desc;
