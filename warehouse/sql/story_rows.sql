-- One row per article that tonight's links touch: what is to be kept of it.
-- Reads: links (story_links.sql), nearby (versions of articles), assigned (article_id, story_id) and kept (rows of this kind as they were).
with ends as (
    select one as article_id, two as matched_article_id, is_exact, similarity from links
    union all
    select two, one, is_exact, similarity from links
    union all
    select article_id, matched_article_id, reason = 'exact', similarity from kept
),

best as (
    select
        article_id,
        if(bool_or(is_exact), 'exact', 'near') as reason,
        first(matched_article_id order by similarity desc, matched_article_id) as matched_article_id,
        max(similarity) as similarity
    from ends
    group by article_id
),

firsts as (
    select
        article_id,
        arg_min(site, version) as site,
        arg_min(source, version) as source,
        arg_min(coalesce(published_at, fetched_at), version) as published_at,
        arg_min(content_hash, version) as content_hash,
        min(first_seen_at) as first_seen_at
    from nearby
    group by article_id
)

select
    assigned.story_id,
    article_id,
    coalesce(kept.site, firsts.site) as site,
    coalesce(kept.source, firsts.source) as source,
    coalesce(kept.published_at, firsts.published_at) as published_at,
    coalesce(kept.first_seen_at, firsts.first_seen_at) as first_seen_at,
    coalesce(kept.content_hash, firsts.content_hash) as content_hash,
    best.reason,
    best.matched_article_id,
    best.similarity
from assigned
join best using (article_id)
join firsts using (article_id)
left join kept using (article_id)
