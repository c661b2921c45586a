-- Why: whoever is silent while we do not listen says nothing by it; where an outage of ours began or ended, silence is judged again.
alter table facilities add column outages_known int not null default 0;
comment on column facilities.outages_known is 'how many beginnings and ends of long outages its silence was judged with';
