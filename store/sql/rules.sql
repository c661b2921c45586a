-- name: activate
-- A rule set counts from a time on; the same version again changes nothing.
insert into rule_sets (region, version, effective_from, content)
values (%(region)s, %(version)s, %(effective_from)s, %(content)s)
on conflict do nothing;

-- name: active
-- Every rule set ever in force, by region and beginning.
select region, version, effective_from, content, activated_at from rule_sets order by region, effective_from, id;
