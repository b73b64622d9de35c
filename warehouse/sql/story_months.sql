-- One row per month in which an article of tonight's links was first seen.
-- Reads: nearby and touched (article_id).
select distinct strftime(first_seen_at at time zone 'UTC', '%Y-%m') as month
from nearby
semi join touched using (article_id)
