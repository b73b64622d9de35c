-- One row per source of the run: its figures on the last 28 runs of this kind up to this one, oldest first, null where none is known.
-- new_articles: how many; lag_minutes, body_length: medians
-- usual_...: the median of the runs before this one; null if there are none
with this_run as (
    select kind, started_at from runs where run_id = $run_id
),

latest as (
    select runs.run_id, runs.started_at
    from runs
    join this_run on runs.kind = this_run.kind and runs.started_at <= this_run.started_at
    order by runs.started_at desc
    limit 28
),

known as (
    select run_id, source, metric, value
    from metrics
    where metric in ('new_articles', 'lag_minutes_p50', 'body_length_p50')
        and run_id in (select run_id from latest)
),

by_run as (
    select
        source,
        run_id,
        max(value) filter (metric = 'new_articles') as new_articles,
        max(value) filter (metric = 'lag_minutes_p50') as lag_minutes,
        max(value) filter (metric = 'body_length_p50') as body_length
    from known
    group by source, run_id
),

trends as (
    select
        sources.source,
        list(new_articles order by started_at) as new_articles,
        list(lag_minutes order by started_at) as lag_minutes,
        list(body_length order by started_at) as body_length
    from (select source from by_run where run_id = $run_id) as sources
    cross join latest
    left join by_run on by_run.source = sources.source and by_run.run_id = latest.run_id
    group by sources.source
)

select
    *,
    list_aggregate(new_articles[:-2], 'median') as usual_new_articles,
    list_aggregate(lag_minutes[:-2], 'median') as usual_lag_minutes,
    list_aggregate(body_length[:-2], 'median') as usual_body_length
from trends
order by source
