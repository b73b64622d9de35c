-- One row per source and day of publication (UTC).
-- day: day of publication, or of the fetch where the page gave none
-- articles: current articles
-- words: words of their bodies
-- median_words: words of the median body
select
    source,
    (coalesce(published_at, fetched_at) at time zone 'UTC')::date as day,
    count(*) as articles,
    sum(word_count)::bigint as words,
    median(word_count) as median_words
from articles
group by source, day
order by day, source
