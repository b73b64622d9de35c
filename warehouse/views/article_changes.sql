-- One row per change of an article: a version beyond the first, against the one before it.
-- changed_at: when the changed page was fetched
-- title_before: headline of the version before
-- title_after: headline of this version
-- paragraphs_added: paragraphs of this version's body that the version before does not have
-- paragraphs_removed: paragraphs of the body before that this version does not have
with changed as (
    select article_id, version, url, source, fetched_at, title, string_split(coalesce(body, ''), e'\n\n') as paragraphs
    from article_versions
    where version > 1
),

before as (
    select article_versions.article_id, article_versions.version, title, string_split(coalesce(body, ''), e'\n\n') as paragraphs
    from article_versions
    semi join superseded using (article_id, version)
)

select
    changed.article_id,
    changed.version,
    changed.url,
    changed.source,
    changed.fetched_at as changed_at,
    before.title as title_before,
    changed.title as title_after,
    list_filter(changed.paragraphs, lambda paragraph: not list_contains(before.paragraphs, paragraph)) as paragraphs_added,
    list_filter(before.paragraphs, lambda paragraph: not list_contains(changed.paragraphs, paragraph)) as paragraphs_removed
from changed
join before on before.article_id = changed.article_id and before.version = changed.version - 1
