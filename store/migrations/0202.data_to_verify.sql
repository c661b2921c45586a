-- Why: a dispatch names the homes whose data is to be verified, and a figure says how many.
alter table facility_parts add column to_verify int;
alter table region_figures add column to_verify bigint, add column to_verify_blank int not null default 0;
insert into stale_parts (facility_id, day) select facility_id, min(day) from facility_parts group by facility_id;
