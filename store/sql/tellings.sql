-- name: tellings
-- What each delivery has to say.
select d.id, d.kind, a.id, coalesce(a.code, ''), f.code, coalesce(f.name, ''), f.zone,
    coalesce(f.phones, ''), rp.unit, rp.bed, r.code, a.condition, t.severity, t.rule, t.rule_version, t.reason_zh,
    t.reason_en, a.opened_at, coalesce(t.at, t.recorded_at), d.role, coalesce(d.note, ''), r.kind, f.drill
from deliveries d
join alerts a on a.id = d.alert_id
join transitions t on t.id = d.transition_id
join facilities_now f on f.id = a.facility_id
join residents r on r.id = a.resident_id
left join lateral (
    select unit, bed from resident_profiles where resident_id = r.id order by recorded_at desc, valid_from desc limit 1
) rp on true
where d.id = any(%(ids)s);
