-- Why: a doctor who receives a resident must know what they take and what they must not be given.
alter table resident_profiles add column medicines text, add column allergies text;
comment on column resident_profiles.medicines is 'as the facility writes it; null: not known, which is not none';
