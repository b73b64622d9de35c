-- One row per article that the site shows.
-- n: its number in the site, 0 for the newest
-- day: of its publication, or of its fetch where the page gave none (UTC)
-- flags: 1 corrected, 2 part of a story that several articles tell, 4 its page is gone
with told as (
    select article_id, version, source, language, gone_since, coalesce(published_at, fetched_at) as told_at
    from articles
),

stories as (
    select article_id, any_value(story_id) as story_id
    from story_members
    group by article_id
)

select
    row_number() over (order by told_at desc, article_id) - 1 as n,
    told.* exclude (told_at, gone_since),
    (told_at at time zone 'UTC')::date as day,
    story_id,
    (version > 1)::integer + 2 * (story_id is not null)::integer + 4 * (gone_since is not null)::integer as flags
from told
left join stories using (article_id)
where (told_at at time zone 'UTC')::date between coalesce($first, date '-infinity') and coalesce($last, date 'infinity')
order by told_at desc, article_id
limit $limit
