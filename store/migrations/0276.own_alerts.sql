-- Why: a step names its alert as its sender wrote it; a referral came from an alert of another home, or of nobody.
update referrals r set alert_id = null
where r.alert_id is not null and not exists (
    select from alerts a
    where a.id = r.alert_id and a.facility_id = r.facility_id and (r.resident_id is null or a.resident_id = r.resident_id)
);
