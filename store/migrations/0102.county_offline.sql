-- Why: a county that is offline is told as one event, and so is that it is back.
alter table deliveries drop constraint kind_is_known;
alter table deliveries add constraint kind_is_known check (kind in (
    'alarm', 'all_clear', 'reminder', 'escalation', 'silence_ends', 'not_reached', 'county_offline', 'county_back'
));
