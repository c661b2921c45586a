-- name: take_time
-- A look at a month of the nation may take longer than a worker's statement.
set local statement_timeout = '10min';

-- name: arrived
-- Whether each input came since a time; of one that came, the first row found is enough.
with homes as materialized (
    select id from facilities_now where %(region)s = '' or starts_with(region, %(region)s)
), recent as not materialized (
    select o.* from observations o
    where o.observed_at >= %(since)s and o.fate in (1, 2, 3)
        and (%(region)s = '' or o.facility_id in (select id from homes))
)
select exists (select from recent where spo2_tenths is not null),
    exists (select from recent where pulse_per_min is not null),
    exists (select from recent where respirations_per_min is not null),
    exists (select from recent where temperature_tenths is not null),
    exists (select from recent where systolic_mmhg is not null),
    exists (select from recent where diastolic_mmhg is not null),
    exists (select from recent where consciousness is not null),
    exists (select from recent where on_oxygen is not null),
    exists (select from recent where after_activity),
    exists (select from recent where rest ? 'perfusion_index_percent'),
    exists (select from recent where rest ? 'device_status'),
    exists (select from recent where type = 2),
    exists (select from recent where type = 3),
    exists (select from recent where type = 5),
    exists (select from recent where type = 6),
    exists (select from recent where type = 7),
    exists (select from recent where type = 8);

-- name: places
-- How many facilities lie where, by their own mode.
select coalesce(region, ''), mode, count(*) from facilities_now
where recorded_at is not null and starts_with(coalesce(region, ''), %(region)s)
group by 1, 2 order by 1, 2;
