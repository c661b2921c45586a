-- Why: a hospital sees whom it is asked to take, and nobody longer than it must; in an emergency for a reason on record.
alter table referrals add column seen_by text[] not null default '{}';
comment on column referrals.seen_by is 'hospitals that are asked, or have accepted: they see who it is until some days after it ended';
create index referrals_by_sight on referrals using gin (seen_by);

create table emergency_sights (
    id bigint generated always as identity primary key,
    login text not null,
    name text not null,
    hospital text not null,
    facility_id int not null references facilities,
    resident_id int not null references residents,
    reason text not null,
    at timestamptz not null,
    until timestamptz not null
);
comment on table emergency_sights is 'somebody of a hospital looks at a resident who was not referred there, and says why';
create index emergency_sights_of_a_resident on emergency_sights (resident_id, at);
