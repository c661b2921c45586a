-- name: resident_to_erase
-- The number of a resident, and what goes on about them.
select r.id,
    (select a.condition from alerts a where a.resident_id = r.id and a.closed_at is null limit 1),
    (select f.code from referrals f where f.resident_id = r.id and f.ended_at is null limit 1)
from residents r
where r.facility_id = %(facility)s and r.code = %(code)s and r.kind = 'resident';

-- name: add_erasure
-- Who asked to be erased, when and by whom it was done.
insert into erasures (facility, resident, at, erased_by, reason)
values (%(facility)s, %(resident)s, %(at)s, %(erased_by)s, %(reason)s)
on conflict do nothing;

-- name: erasures
-- The whole list.
select facility, resident, at, erased_by, reason from erasures order by at, facility, resident;

-- name: erased_among
-- Up to when what is said of these residents is taken in no more.
select e.facility, e.resident, max(e.at)
from erasures e
join unnest(%(facilities)s::text[], %(residents)s::text[]) v (f, r) on e.facility = v.f and e.resident = v.r
group by 1, 2;

-- name: drop_link
-- The code is another one, made by chance: nothing leads from the facility's own code to these rows.
update residents set code = 'erased-' || replace(gen_random_uuid()::text, '-', '') where id = %(resident)s;

-- name: columns_of_table
-- What the columns of a table are called, and which may be empty.
select attname, not attnotnull from pg_attribute
where attrelid = %s::regclass and attnum > 0 and not attisdropped;

-- name: drop_rejections_of_resident
-- Messages that could not be read and in which the resident is named.
delete from rejections where facility = %(facility)s and position(convert_to(to_json(%(code)s::text)::text, 'UTF8') in raw) > 0;

-- name: drop_defects_of_resident
-- Messages on which a rule failed and in which the resident is named.
delete from defects
where facility = %(facility)s
    and (resident = %(code)s or position(convert_to(to_json(%(code)s::text)::text, 'UTF8') in raw) > 0);

-- name: blank_answers
-- Why a hospital declined and how a referral ended is said without the words.
update referrals
set content = (content #- '{ending,reason}') || case when content ? 'asked' then jsonb_build_object(
        'asked', (select coalesce(jsonb_agg(a - 'reason' order by n), '[]')
            from jsonb_array_elements(content -> 'asked') with ordinality v (a, n))
    ) else '{}' end
where resident_id = %(resident)s and jsonb_typeof(content) = 'object';

-- name: blank_calls
-- What somebody said of the resident on the telephone; what a rule found is no free text.
with said as (
    update alerts set reason_zh = '', reason_en = '' where resident_id = %(resident)s and condition = 'phoned_in'
)
update transitions set reason_zh = '', reason_en = '' where resident_id = %(resident)s and condition = 'phoned_in';
