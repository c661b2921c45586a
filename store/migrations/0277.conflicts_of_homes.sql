-- Why: two homes whose senders gave the same id said the same of residents of the same code, and the second was kept nowhere.
alter table conflicts drop constraint conflicts_pkey;
alter table conflicts add primary key (observed_at, event_id, content, facility_id);
