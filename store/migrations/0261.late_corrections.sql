-- Why: figures follow a correction also where it came too late to change an episode, so they look for all of a facility's.
create index corrections_of_a_facility on corrections (facility_id, corrects_at);
create index replaced_in_a_facility on corrections (facility_id, replacement_at) where replacement is not null;
drop index replacements_of_a_facility;
