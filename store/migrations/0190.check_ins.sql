-- Why: the page of a home says which checks are due; who is in hospital or on leave is found without reading 35 days of readings.
create index check_ins_of_a_facility on observations (facility_id, observed_at) where type = 3;
