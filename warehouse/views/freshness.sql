-- One row per source and day of the fetch (UTC): how long after publication articles were first had.
-- day: day of the fetch
-- articles: first versions with a publication time to the minute or second
-- median_lag_minutes: minutes from publication to fetch, half of the articles below
-- p90_lag_minutes: minutes from publication to fetch, nine of ten articles below
with lags as (
    select source, (fetched_at at time zone 'UTC')::date as day, date_diff('second', published_at, fetched_at) / 60 as lag_minutes
    from article_versions
    where version = 1 and published_precision in ('second', 'minute')
)

select
    source,
    day,
    count(*) as articles,
    median(lag_minutes) as median_lag_minutes,
    quantile_cont(lag_minutes, 0.9) as p90_lag_minutes
from lags
group by source, day
order by day, source
