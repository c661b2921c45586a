-- Why: rules look back on a fortnight of tests, on fever by day, on usual scores and on returns from hospital.
alter table resident_days
    add column temperature_highest smallint,
    add column news2_highest smallint,
    add column tests jsonb,
    add column hospital_at timestamptz,
    add column in_at timestamptz;
comment on column resident_days.news2_highest is 'of complete sets in one reading, on scale 1 at sea level';
comment on column resident_days.tests is 'the newest 8';
comment on column resident_days.in_at is 'first said to be in the home after hospital_at, or on a day without it';
-- What a history still looks at is computed again with them.
insert into dirty_days (facility_id, day)
select facility_id, day from facility_days where day > extract(epoch from now())::bigint / 86400 - 42
on conflict do nothing;
