-- One row per source, day and figure that is watched: tonight and the nights before it, runs of one day together.
-- value: hits of a share, the sum of a count, the mean of a level; rows: what a share is of, or a level from
with others as (
    select run_id, day, started_at - date_trunc('day', started_at) as hour
    from runs
    where kind = $kind and day <= $day and run_id != $run_id
),

-- Of a day with several runs those up to this hour, or its first: what later ones found is not to be expected yet.
nights as (
    select run_id, day
    from others
    qualify
        row_number() over (partition by day order by hour, run_id) = 1
        or hour <= $started_at - date_trunc('day', $started_at) + interval 1 hour
    union all
    select $run_id, $day
),

window_days as (
    select distinct day from nights order by day desc limit $nights + 1
),

of_window as (
    select nights.day, metrics.source, metrics.run_id, metrics.metric, metrics."column", metrics.value
    from metrics
    join nights using (run_id)
    join window_days using (day)
),

denominators as (
    select run_id, source, metric as of, value as rows from of_window where metric in ('extracted', 'wanted', 'judged', 'new_articles')
),

watched as (
    select
        of_window.*,
        signals.model,
        case when signals.model = 'count' then 1 else denominators.rows end as rows
    from of_window
    join signals
        on signals.metric = case when of_window.metric like 'language\_%' escape '\' then 'language_' else of_window.metric end
        and signals."column" is not distinct from of_window."column"
    left join denominators
        on denominators.run_id = of_window.run_id and denominators.source = of_window.source and denominators.of = signals.of
)

select
    source,
    day,
    metric,
    "column",
    case model
        -- A second run of a night finds the same candidates again, but other new articles.
        when 'count' then case when metric = 'candidates' then max(value) else sum(value) end
        when 'share' then sum(round(value * rows))
        else sum(value * rows) / nullif(sum(rows), 0)
    end as value,
    coalesce(sum(rows), 0) as rows
from watched
group by source, day, metric, "column", model
