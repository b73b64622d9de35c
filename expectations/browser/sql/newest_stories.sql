-- One row: the stories that articles of the site tell, on most sites first among those of a day, newest day first, 300 at most.
with told as (
    select stories.*, (last_published_at at time zone 'UTC')::date as day
    from stories
    semi join (from shown where story_id is not null) using (story_id)
),

newest as (
    select
        row_number() over (order by day desc, sites desc, articles desc, story_id) as rank,
        {
            id: story_id,
            title: title,
            language: articles.language,
            articles: told.articles,
            sites: sites,
            first_source: first_source,
            first: utc_time(first_published_at),
            last: utc_time(last_published_at),
            reason: reason
        } as story
    from told
    join articles on articles.article_id = told.first_article_id
)

select to_json({of: count(*), stories: coalesce(list(story order by rank) filter (rank <= 300), [])})::varchar
from newest
