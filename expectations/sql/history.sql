-- One row per run of the same kind, the last 28 up to this one, oldest first: four weeks of nights.
with this_run as (
    select kind, started_at from runs where run_id = $run_id
),

latest as (
    select runs.*
    from runs
    join this_run on runs.kind = this_run.kind and runs.started_at <= this_run.started_at
    order by runs.started_at desc
    limit 28
)

select * from latest order by started_at
