-- One row per source and field of its current articles.
-- field: column of articles
-- articles: current articles of the source
-- filled: articles in which the field is not null (text and lists: not empty)
-- share: filled / articles, 0 to 1
with counted as (
    select
        source,
        count(*) as articles,
        count(nullif(title, '')) as title,
        count(nullif(lead, '')) as lead,
        count(*) filter (body_length > 0) as body,
        count(*) filter (len(authors) > 0) as authors,
        count(*) filter (len(tags) > 0) as tags,
        count(published_at) as published_at,
        count(modified_at) as modified_at,
        count(published_utc_offset) as published_utc_offset,
        count(section) as section,
        count(dateline) as dateline,
        count(language) as language,
        count(site_name) as site_name,
        count(image_url) as image_url,
        count(*) filter (len(related_urls) > 0) as related_urls,
        count(is_free) as is_free
    from articles
    group by source
),

by_field as (
    unpivot counted on columns(* exclude (source, articles)) into name field value filled
)

select source, field, articles, filled, filled / articles as share
from by_field
order by source, field
