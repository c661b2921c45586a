-- name: case_keys
-- These events, the originals that corrections among them name, and every replacement of all these.
with given as (
    select at, id from unnest(%(times)s::timestamptz[], %(ids)s::uuid[]) k (at, id)
), originals as (
    select at, id from given
    union
    select c.corrects_at, c.corrects_id from corrections c join given g on c.correction_id = g.id and c.at = g.at
)
select at, id from originals
union
select c.replacement_at, (c.replacement ->> 'id')::uuid from corrections c
join originals o on c.corrects_at = o.at and c.corrects_id = o.id
where c.replacement_at is not null;

-- name: drop_cases
-- These events are in no place's timeline.
delete from case_elements c
using unnest(%(times)s::timestamptz[], %(ids)s::uuid[]) k (at, id)
where c.observed_at = k.at and c.event_id = k.id and c.facility_id = any(%(facilities)s)
returning c.facility_id, c.observed_at, c.event_id, c.resident_id, c.staff, c.sign, c.said, c.unit;

-- name: add_cases
-- Those of these events that are signs of illness, as they count now: positive tests, and check-ins with symptoms of
-- acute infection, received within the horizon, not taken back; and what stands in the place of others.
with k as (
    select at, id from unnest(%(times)s::timestamptz[], %(ids)s::uuid[]) k (at, id)
), named as (
    -- The keys hold the original of every replacement among them.
    select c.*, row_number() over (
        partition by c.facility_id, c.corrects_at, c.corrects_id order by c.at desc, c.correction_id desc
    ) = 1 as wins
    from k g
    join corrections c on c.corrects_at = g.at and c.corrects_id = g.id
    join observations o on o.observed_at = c.at and o.event_id = c.correction_id
        and o.facility_id = c.facility_id and o.content = c.content and o.type = 4 and o.fate in (1, 2, 3, 4)
    where c.facility_id = any(%(facilities)s)
), seen as (
    select o.facility_id, o.observed_at, o.event_id, o.resident_id, o.staff, o.type, o.test, o.result,
        coalesce(o.pathogen, 'sars-cov-2') as pathogen, case when o.type = 3 then o.rest -> 'symptoms' end as symptoms,
        o.unit
    from observations o
    join k on k.at = o.observed_at and k.id = o.event_id
    left join named n on n.wins and n.facility_id = o.facility_id and n.corrects_at = o.observed_at
        and n.corrects_id = o.event_id
    where o.observed_at between %(first)s and %(last)s and o.facility_id = any(%(facilities)s)
        and (o.fate in (1, 2, 3) or o.fate = 4 and o.received_at - o.observed_at <= %(horizon)s::interval)
        and (o.resident_id is not null or o.staff is not null) and coalesce(n.action, 3) = 3
    union all
    select n.facility_id, n.replacement_at, (n.replacement ->> 'id')::uuid, n.replacement_resident_id, null,
        case n.replacement ->> 'type' when 'test_result' then 2 when 'check_in' then 3 end,
        case n.replacement ->> 'test' when 'antigen' then 1 else 2 end,
        case n.replacement ->> 'result' when 'positive' then 1 else 2 end,
        n.replacement ->> 'pathogen', nullif(n.replacement -> 'symptoms', 'null'), n.replacement ->> 'unit'
    from named n
    join k on k.at = n.replacement_at and k.id = (n.replacement ->> 'id')::uuid
    where n.wins and n.action = 2 and n.replacement_resident_id is not null
)
insert into case_elements (facility_id, observed_at, event_id, resident_id, staff, sign, said, unit)
select facility_id, observed_at, event_id, resident_id, case when resident_id is null then staff end,
    case type when 2 then 'positive' else 'symptoms' end,
    case type when 2 then array[case test when 1 then 'antigen' else 'pcr' end, pathogen]
        else array(select s from jsonb_array_elements_text(symptoms) s order by s collate "C") end,
    unit
from seen
where type = 2 and result = 1 or type = 3 and symptoms ?| %(symptoms)s
returning facility_id, observed_at, event_id, resident_id, staff, sign, said, unit;

-- name: cases_of
-- The signs of illness in a facility since a time, in order.
select facility_id, observed_at, event_id, resident_id, staff, sign, said, unit from case_elements
where facility_id = %(facility)s and observed_at >= %(since)s
order by observed_at, event_id;

-- name: add_reported_days
-- Something was heard of these facilities on these local days; those that nobody knew of.
insert into reported_days (facility_id, day)
select f, d from unnest(%(facilities)s::int[], %(days)s::int[]) v (f, d)
order by f, d
on conflict do nothing
returning facility_id, day;

-- name: reported_days
-- The local days on which something was heard of a facility.
select day from reported_days where facility_id = %(facility)s and day >= %(since)s order by day;

-- name: positives_by_test
-- Residents newly positive in some facilities over a day or period, as the roll-up counts them, by what their tests of two
-- days said from the first one on.
with spans as (
    select facility_id, min(since) as since, max(until) as until from facility_parts
    where facility_id in (select id from facilities where code = any(%(codes)s::text[])) and (
        %(grain)s = 'day' and day = %(day)s
        or %(grain)s = 'period' and (day = %(day)s - 1 and part = 1 or day = %(day)s and part = 0)
    )
    group by facility_id
), signs as (
    select s.since, s.until, c.facility_id, c.resident_id, c.observed_at, c.said[2] as pathogen,
        c.observed_at - lag(c.observed_at) over (
            partition by c.facility_id, c.resident_id order by c.observed_at, c.event_id
        ) as gap
    from spans s
    join case_elements c on c.facility_id = s.facility_id and c.sign = 'positive' and c.resident_id is not null
        and c.observed_at >= s.since - interval '29 days' and c.observed_at < s.until
), news as (
    select n.facility_id, n.pathogen,
        exists (
            select from case_elements c where c.facility_id = n.facility_id and c.resident_id = n.resident_id
                and c.sign = 'positive' and c.said[1] = 'antigen'
                and c.observed_at between n.observed_at and n.observed_at + interval '2 days'
        ) as antigen,
        exists (
            select from case_elements c where c.facility_id = n.facility_id and c.resident_id = n.resident_id
                and c.sign = 'positive' and c.said[1] = 'pcr'
                and c.observed_at between n.observed_at and n.observed_at + interval '2 days'
        ) as pcr,
        exists (
            select from observations o where o.facility_id = n.facility_id and o.resident_id = n.resident_id
                and o.type = 2 and o.test = 2 and o.result = 2 and o.effect = 0 and o.fate <> 5
                and o.observed_at between n.observed_at and n.observed_at + interval '2 days'
        ) as negative
    from signs n
    where n.observed_at >= n.since and (n.gap is null or n.gap >= interval '14 days')
)
select f.code, count(*) filter (where antigen and not pcr and not negative), count(*) filter (where pcr and not antigen),
    count(*) filter (where antigen and negative and not pcr), count(*) filter (where antigen and pcr),
    count(*) filter (where starts_with(pathogen, 'influenza'))
from news join facilities f on f.id = news.facility_id
group by f.code;
