-- name: add_correction
-- A correction is known; whether it is in force is settled afterwards.
insert into corrections (
    corrects_at, corrects_id, at, correction_id, content, facility_id, action,
    replacement_resident_id, replacement_at, replacement
) values (
    %(corrects_at)s, %(corrects_id)s, %(at)s, %(correction_id)s, %(content)s, %(facility_id)s, %(action)s,
    %(replacement_resident_id)s, %(replacement_at)s, %(replacement)s
) on conflict do nothing;

-- name: void_corrections
-- Of the corrections with these ids only those count that are stored with the same content; the originals they name.
update corrections c set void = not exists (
    select from observations o
    where o.observed_at = c.at and o.event_id = c.correction_id and o.facility_id = c.facility_id
        and o.content = c.content and o.type = 4 and o.fate in (1, 2, 3)
        and o.observed_at between %(first)s and %(last)s
)
where c.correction_id = any(%(ids)s::uuid[]) and c.at between %(first)s and %(last)s
returning c.corrects_at, c.corrects_id;

-- name: waiting
-- The originals of these facilities and this stretch of time that some correction names.
select distinct corrects_at, corrects_id from corrections
where corrects_at between %(first)s and %(last)s and facility_id = any(%(facilities)s);

-- name: settle_corrections
-- Of the corrections of each original the last by (at, id) is in force, unless void; the replacements that come or go.
with ranked as (
    select c.corrects_at, c.corrects_id, c.at, c.correction_id, c.content,
        row_number() over (
            partition by c.facility_id, c.corrects_at, c.corrects_id
            order by c.void, c.at desc, c.correction_id desc
        ) = 1 and not c.void as wins
    from corrections c
    join unnest(%(times)s::timestamptz[], %(ids)s::uuid[]) k (at, id) on c.corrects_at = k.at and c.corrects_id = k.id
)
update corrections c set in_force = r.wins
from ranked r
where c.corrects_at = r.corrects_at and c.corrects_id = r.corrects_id
    and c.at = r.at and c.correction_id = r.correction_id and c.content = r.content and c.in_force <> r.wins
returning c.replacement_resident_id, c.replacement_at, (c.replacement ->> 'id')::uuid;

-- name: settle_effects
-- Each original has the effect of its correction in force; those whose effect changed. Corrections and bindings are never corrected.
with named as (
    select at, id from unnest(%(times)s::timestamptz[], %(ids)s::uuid[]) k (at, id)
)
update observations o set effect = coalesce(w.effect, 0)
from named k
left join (
    select corrects_at, corrects_id, facility_id, case action when 1 then 1 when 2 then 2 else 0 end as effect
    from corrections where in_force and corrects_at between %(first)s and %(last)s
) w on w.corrects_at = k.at and w.corrects_id = k.id
where o.observed_at = k.at and o.event_id = k.id and o.observed_at between %(first)s and %(last)s
    and o.type not in (4, 5) and (w.facility_id is null or w.facility_id = o.facility_id)
    and o.effect <> coalesce(w.effect, 0)
returning o.resident_id, o.observed_at, o.event_id;
