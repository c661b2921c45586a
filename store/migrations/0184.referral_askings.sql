-- Why: a hospital that is asked for a bed must hear of it, whoever asked and whenever the next one's turn came.
create table referral_askings (
    facility_id int not null references facilities,
    referral text not null,
    hospital text not null,
    asked_at timestamptz not null,
    told_at timestamptz,
    primary key (facility_id, referral, hospital, asked_at)
);
comment on table referral_askings is 'hospitals that were asked and had not answered when it was known; told_at: the sender has seen to it';
create index referral_askings_untold on referral_askings (asked_at) where told_at is null;

create table hospital_desks (
    desk_id int not null references desks on delete cascade,
    hospital text not null,
    primary key (desk_id, hospital)
);
comment on table hospital_desks is 'a desk answers for a hospital when a bed is asked for there';
create index desks_of_a_hospital on hospital_desks (hospital);
