-- Why: whoever sees a board may send any SQL as its role, so the database itself shows each role the sums of its own region.
create table board_viewers (
    role name primary key,
    region text not null,
    prefix text not null
);
comment on table board_viewers is 'roles of the boards, one a viewing province and one for the nation';
comment on column board_viewers.prefix is 'of the codes it may see; the nation''s is empty';
alter table board_viewers enable row level security;
create policy a_viewer_sees_its_own_row on board_viewers for select using (role = current_user);

-- The owner, as which all our processes connect, is bound by none of these.
alter table region_figures enable row level security;
create policy viewers_see_the_sums_of_their_region on region_figures for select
    using (starts_with(region, (select v.prefix from board_viewers v where v.role = current_user)));
alter table facility_parts enable row level security;
create policy viewers_see_the_parts_of_their_region on facility_parts for select
    using (starts_with(region, (select v.prefix from board_viewers v where v.role = current_user)));

create view board_facilities with (security_barrier) as
select f.id as facility_id, f.code, coalesce(p.name, f.code) as name, coalesce(p.region, '') as region
from facilities f
left join lateral (
    select name, region, drill from facility_profiles where facility_id = f.id order by recorded_at desc limit 1
) p on true
where f.region is null and not coalesce(p.drill, false)
    and starts_with(coalesce(p.region, ''), (select v.prefix from board_viewers v where v.role = current_user));
comment on view board_facilities is 'what the facilities of a viewer''s region are called; no more is told of them here';

-- Until `sizao boards nation` is run again, the role that is there sees what it saw.
insert into board_viewers (role, region, prefix) values ('sizao_boards', '000000', '');
