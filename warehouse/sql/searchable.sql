-- One row per article: what the full-text index holds of its newest version.
-- Reads: article_versions (all rows, or those of a night) and superseded (those of them that another of them replaces).
select
    article_id,
    site,
    source,
    language,
    title,
    lead,
    body,
    (coalesce(published_at, fetched_at) at time zone 'UTC')::date - date '1970-01-01' as day
from article_versions
anti join superseded using (article_id, version)
