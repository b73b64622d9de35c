-- One row per story that several articles tell: copies, and texts that share most of their words.
-- story_id: article_id of the article that the story was first found with; it stays as the story grows
-- articles: how many tell it
-- sites: how many sites they are on; more than one: agency copy, or copied
-- first_article_id: article that was published first
-- first_site: site that published first
-- first_source: source that published first
-- first_published_at: when that was
-- last_published_at: when the last one was published
-- reason: exact: all have the same title and text; near: some were changed
select
    story_id,
    count(*) as articles,
    count(distinct site) as sites,
    arg_min(article_id, (published_at, article_id)) as first_article_id,
    arg_min(site, (published_at, article_id)) as first_site,
    arg_min(source, (published_at, article_id)) as first_source,
    min(published_at) as first_published_at,
    max(published_at) as last_published_at,
    case when count(distinct content_hash) = 1 then 'exact' else 'near' end as reason
from story_members
group by story_id
