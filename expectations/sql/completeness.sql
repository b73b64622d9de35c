-- One row per source and field of the rows that the run extracted.
-- share: rows in which the field is filled, 0 to 1
-- usual: the median of that share on the runs of this kind before, of the last 28; null if there are none
with this_run as (
    select kind, started_at from runs where run_id = $run_id
),

latest as (
    select runs.run_id
    from runs
    join this_run on runs.kind = this_run.kind and runs.started_at <= this_run.started_at
    order by runs.started_at desc
    limit 28
),

shares as (
    select run_id, source, "column" as field, 1 - value as share
    from metrics
    where metric = 'null_rate' and run_id in (select run_id from latest)
)

select
    source,
    field,
    max(share) filter (run_id = $run_id) as share,
    median(share) filter (run_id <> $run_id) as usual
from shares
group by source, field
having count(*) filter (run_id = $run_id) > 0
order by source, field
