-- Why: who answered by telephone and who entered it are two people, and both stay on record.
alter table alert_actions add column entered_by text;
