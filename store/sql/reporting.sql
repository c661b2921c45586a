-- name: decide
-- A region reports by these rules from a day on; said again for the same day, the last word counts.
insert into reporting_rules (
    region_prefix, valid_from, cutoff, told_within, acknowledged_within, accepted_within, notice, decided_by
) values (
    %(region)s, %(valid_from)s, %(cutoff)s, %(told_within)s, %(acknowledged_within)s, %(accepted_within)s, %(notice)s,
    %(decided_by)s
) on conflict (region_prefix, valid_from) do update set
    cutoff = excluded.cutoff, told_within = excluded.told_within, acknowledged_within = excluded.acknowledged_within,
    accepted_within = excluded.accepted_within, notice = excluded.notice, decided_by = excluded.decided_by,
    recorded_at = now();

-- name: mark_region_stale
-- The parts of its facilities are to be counted again from that day on.
insert into stale_parts (facility_id, day)
select id, %(valid_from)s from facilities_now where itself is null and starts_with(coalesce(region, ''), %(region)s);

-- name: rules
-- Every rule, by region and day.
select region_prefix, valid_from, cutoff, told_within, acknowledged_within, accepted_within, notice, decided_by
from reporting_rules
order by region_prefix, valid_from;

-- name: in_force
-- The rule of a region on a day: the longest prefix, then the latest.
select region_prefix, valid_from, cutoff, told_within, acknowledged_within, accepted_within, notice, decided_by
from reporting_rules
where starts_with(%(region)s, region_prefix) and valid_from <= %(day)s
order by length(region_prefix) desc, valid_from desc
limit 1;
