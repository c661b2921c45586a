-- Why: what ran in the shadow of the rules, until when and why it ended, is asked for after it ended.
alter table rule_sets
    add column ended_at timestamptz,
    add column ended_by text,
    add column ended_because text;
comment on column rule_sets.ended_at is 'a shadow: runs no more since then; null: it runs, or it is no shadow';
