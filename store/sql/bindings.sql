-- name: forget_bindings
-- These bindings are read anew from what is stored.
delete from device_bindings b using unnest(%(times)s::timestamptz[], %(ids)s::uuid[]) k (at, id)
where b.at = k.at and b.binding_id = k.id
returning b.facility_id, b.device, b.counts_from;

-- name: keep_bindings
-- Which of these keys are bindings that came in time, and from when on they count.
insert into device_bindings (facility_id, device, counts_from, at, binding_id, resident_id, valid_to)
select o.facility_id, o.device,
    greatest((o.rest ->> 'valid_from')::timestamptz, o.received_at - %(horizon)s * interval '1 millisecond'),
    o.observed_at, o.event_id, o.resident_id, (o.rest ->> 'valid_to')::timestamptz
from observations o
join unnest(%(times)s::timestamptz[], %(ids)s::uuid[]) k (at, id) on o.observed_at = k.at and o.event_id = k.id
where o.type = 5 and o.fate = 1 and o.observed_at between %(first)s and %(last)s
returning facility_id, device, counts_from;

-- name: bind_readings
-- Readings of these devices from a time on belong to whom the device was bound to last; those whose owner changed.
with owned as (
    select o.observed_at, o.event_id, o.resident_id as before, b.resident_id as owner
    from unnest(%(facilities)s::int[], %(devices)s::text[], %(since)s::timestamptz[]) m (facility_id, device, since)
    join observations o on o.facility_id = m.facility_id and o.device = m.device and o.observed_at >= m.since
        and o.type = 1 and o.marks & 32 <> 0
    left join lateral (
        select case when d.valid_to is null or o.observed_at < d.valid_to then d.resident_id end as resident_id
        from device_bindings d
        where d.facility_id = m.facility_id and d.device = m.device and d.counts_from <= o.observed_at
        order by d.counts_from desc, d.at desc, d.binding_id desc
        limit 1
    ) b on true
    where o.observed_at >= %(first)s and o.resident_id is distinct from b.resident_id
)
update observations o set resident_id = w.owner
from owned w
where o.observed_at = w.observed_at and o.event_id = w.event_id and o.observed_at >= %(first)s
returning o.facility_id, w.before, w.owner, o.observed_at, o.event_id;
