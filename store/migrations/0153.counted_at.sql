-- Why: a facility that sends all the time must not keep others from being counted.
alter table summed_up add column counted_at timestamptz not null default 'epoch';
comment on column summed_up.counted_at is 'who has waited longest is counted first';
