-- One row per story that an article stored in the run tells and other sites tell too, the most widespread first, up to twenty.
-- tonight: articles of the run that tell it
-- copies: articles of the run that tell any such story
with stored as (
    select distinct article_id from article_versions where run_id = $run_id
),

shared as (
    select
        stories.story_id,
        stories.articles,
        stories.sites,
        stories.first_site,
        stories.first_article_id,
        stories.reason,
        count(*) as tonight,
        sum(count(*)) over ()::bigint as copies
    from stored
    join story_members using (article_id)
    join stories using (story_id)
    where stories.sites > 1
    group by all
    order by stories.sites desc, stories.articles desc, stories.story_id
    limit 20
)

select shared.copies, shared.tonight, shared.articles, shared.sites, shared.first_site, shared.reason, articles.title, articles.url
from shared
left join articles on articles.article_id = shared.first_article_id
order by shared.sites desc, shared.articles desc, shared.story_id
