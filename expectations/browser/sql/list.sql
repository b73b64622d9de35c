-- One row per 500 articles: what a list shows of each, in the order of n.
-- Each: article_id, title, source, language (numbers), local time as the publisher gave it, beginning of the text, version, how many
-- articles tell its story, is its page gone
with sizes as (
    select story_id, count(*) as told_by
    from story_members
    group by story_id
),

lines as (
    select
        n,
        to_json([
            to_json(article_id),
            to_json(title),
            to_json(sources.number),
            to_json(languages.number),
            to_json(local_time(published_at, published_utc_offset, published_precision, fetched_at)),
            to_json(left(trim(regexp_replace(left(coalesce(lead, body, ''), 400), '\s+', ' ', 'g')), least($most, 180))),
            to_json(shown.version),
            to_json(coalesce(told_by, 0)),
            to_json(shown.flags & 4)
        ])::varchar as line
    from articles
    join shown using (article_id)
    join sources on sources.source = shown.source
    join languages on languages.language is not distinct from shown.language
    left join sizes using (story_id)
)

select 'list/' || n // 500 as name, '[' || string_agg(line, e',\n' order by n) || ']' as value
from lines
group by n // 500
