-- Why: a shared device's reading says nobody's name; it is found again when it becomes known whom the device measured.
create table device_bindings (
    facility_id int not null references facilities,
    device text not null,
    counts_from timestamptz not null,
    at timestamptz not null,
    binding_id uuid not null,
    resident_id int not null references residents,
    valid_to timestamptz,
    primary key (facility_id, device, counts_from, at, binding_id)
);
comment on table device_bindings is 'the bindings among the observations that came in time, as they count';
comment on column device_bindings.counts_from is 'their own beginning, but at most the late horizon before their receipt';
create index device_bindings_by_id on device_bindings (binding_id);

-- 32: it came without a resident.
create index unbound_readings on observations (facility_id, device, observed_at) where type = 1 and marks & 32 <> 0;
