-- One row per article that was first seen in a month and is part of a story: as it was, and as tonight's links have it.
-- Reads: before (the month's members as they were), entered (story_rows.sql) and merged (old, new: stories that are now another).
select coalesce(merged.new, before.story_id) as story_id, before.* exclude (story_id)
from before
left join merged on merged.old = before.story_id
anti join entered using (article_id)
union all by name
from entered
where strftime(first_seen_at at time zone 'UTC', '%Y-%m') = $month
order by story_id, published_at, article_id
