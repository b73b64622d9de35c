-- One row per source and day of publication (UTC).
-- day: day of publication, or of the fetch where the page gave none
-- articles: current articles
-- words: words of their bodies
-- median_words: words of the median body
select
    source,
    -- Days of UTC from the number of microseconds: the time zone functions take six times as long.
    date '1970-01-01' + (epoch_us(coalesce(published_at, fetched_at)) // 86400000000)::integer as day,
    count(*) as articles,
    sum(word_count)::bigint as words,
    median(word_count) as median_words
from articles
group by source, day
order by day, source
