-- Why: pages ask for the open alerts of some homes, also when 50,000 have been closed.
create index open_alerts_of_a_facility on alerts (facility_id, severity) where closed_at is null;
