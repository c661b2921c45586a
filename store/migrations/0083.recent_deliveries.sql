-- Why: whether many alike were told is asked at every look, and must not read years of deliveries.
create index deliveries_recent on deliveries (created_at) where severity <= 2 and person is not null;
