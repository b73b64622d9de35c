-- One row per version of an article that was told near in time to one of tonight (is_fresh: it is of tonight itself).
-- Reads: near_rows (the months' files), fresh (tonight's rows) and fresh_keys (their article_id and version).
select near_rows.*, fresh_keys.article_id is not null as is_fresh
from near_rows
left join fresh_keys using (article_id, version)
where coalesce(published_at, fetched_at) between
    (select min(coalesce(published_at, fetched_at)) - to_days($window_days) from fresh)
    and (select max(coalesce(published_at, fetched_at)) + to_days($window_days) from fresh)
