-- One row per article of tonight's links: when it was told (microseconds since 1970), and the story that it is part of already, if any.
-- Reads: nearby, touched (article_id) and kept (members as they were).
select article_id, min(epoch_us(coalesce(nearby.published_at, nearby.fetched_at))) as told_us, any_value(kept.story_id) as story_id
from nearby
semi join touched using (article_id)
left join kept using (article_id)
group by article_id
order by article_id
