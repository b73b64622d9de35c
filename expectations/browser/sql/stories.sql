-- One row per story that an article of the site tells: its first 100 articles, those outside of the site too.
-- shown: is the article in the site
with told as (
    select story_id, article_id, similarity, reason, published_at
    from story_members
    semi join (from shown where story_id is not null) using (story_id)
),

ranked as (
    select
        *,
        row_number() over (partition by story_id order by published_at, article_id) as rank,
        count(*) over (partition by story_id) as articles
    from told
),

members as (
    select
        ranked.story_id,
        rank,
        ranked.articles,
        {
            id: article_id,
            title: title,
            source: articles.source,
            site: site,
            url: url,
            language: articles.language,
            told_at: local_time(articles.published_at, published_utc_offset, published_precision, fetched_at),
            reason: ranked.reason,
            similarity: round(similarity, 2),
            shown: shown.article_id is not null
        } as member
    from ranked
    join articles using (article_id)
    left join shown using (article_id)
    where rank <= 100
)

select
    story_id as id,
    to_json({id: story_id, articles: max(articles), members: list(member order by rank)})::varchar as record
from members
group by story_id
