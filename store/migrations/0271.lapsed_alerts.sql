-- Why: what fell silent must not be called recovered; it is on record whether an alert's condition ended without being seen to end.
alter table alerts add column lapsed boolean not null default false;
comment on column alerts.lapsed is 'nothing was measured any more: the condition is gone from sight, not over';
