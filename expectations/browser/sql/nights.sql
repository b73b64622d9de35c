-- One row per run whose figures the site shows by source: the last 28 of the kind of the last night (or sample), oldest first.
with kinds as (
    select kind
    from runs
    order by kind in ('night', 'sample') desc, started_at desc
    limit 1
),

latest as (
    select run_id, started_at, coalesce(day, strftime(started_at at time zone 'UTC', '%Y-%m-%d')) as day
    from runs
    semi join kinds using (kind)
    order by started_at desc, run_id desc
    limit 28
)

select row_number() over (order by started_at, run_id) - 1 as place, run_id, day
from latest
