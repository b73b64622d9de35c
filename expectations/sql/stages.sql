-- One row per stage of the run that left times, in their order.
-- Times of before its start are those of archives that it read, and none of its own.
with this_run as (
    select started_at, finished_at from runs where run_id = $run_id
),

made as (
    select extracted_at from article_versions where run_id = $run_id
    union all
    select extracted_at from quarantine where run_id = $run_id
),

stages as (
    select 1 as place, 'discover' as stage, any_value(started_at) as began_at, max(discovered_at) as ended_at
    from pages, this_run
    where run_id = $run_id and discovered_at >= started_at
    union all
    select 2, 'fetch', min(fetched_at), max(fetched_at)
    from pages, this_run
    where run_id = $run_id and fetched_at >= started_at and elapsed_ms is not null
    union all
    select 3, 'extract', min(extracted_at), max(extracted_at) from made, this_run where extracted_at >= started_at
    union all
    select 4, 'check, load', (select max(extracted_at) from made), finished_at from this_run
)

select stage, began_at, ended_at, date_diff('millisecond', began_at, ended_at) / 60000 as minutes
from stages
where began_at is not null and ended_at >= began_at
order by place
