-- One row per change of an article: a version beyond the first, against the one before it.
-- changed_at: when the changed page was fetched
-- title_before: headline of the version before
-- title_after: headline of this version
-- paragraphs_added: paragraphs of this version's body that the version before does not have
-- paragraphs_removed: paragraphs of the body before that this version does not have
-- body_diff: the body line by line, a paragraph a line: "- " was removed, "+ " was added, "  " is in both, cut short; null: no change
with changed as (
    select article_id, version, url, source, fetched_at, title, string_split(coalesce(body, ''), e'\n\n') as paragraphs
    from article_versions
    where version > 1
),

before as (
    select article_versions.article_id, article_versions.version, title, string_split(coalesce(body, ''), e'\n\n') as paragraphs
    from article_versions
    semi join superseded using (article_id, version)
),

compared as (
    select
        changed.article_id,
        changed.version,
        changed.url,
        changed.source,
        changed.fetched_at as changed_at,
        before.title as title_before,
        changed.title as title_after,
        changed.paragraphs as after_all,
        before.paragraphs as before_all,
        list_filter(changed.paragraphs, lambda paragraph: not list_contains(before.paragraphs, paragraph)) as paragraphs_added,
        list_filter(before.paragraphs, lambda paragraph: not list_contains(changed.paragraphs, paragraph)) as paragraphs_removed,
        -- Where each paragraph of before stands now; null: nowhere.
        list_transform(before.paragraphs, lambda paragraph: list_position(changed.paragraphs, paragraph)) as places
    from changed
    join before on before.article_id = changed.article_id and before.version = changed.version - 1
),

-- A removed paragraph stands behind the last one before it that was kept; what is in this version stands in its own order.
lines as (
    select
        article_id,
        version,
        list_concat(
            list_transform(after_all, lambda paragraph, place: {
                place: place,
                turn: 0,
                line: case
                    when not list_contains(before_all, paragraph) then '+ ' || paragraph
                    when length(paragraph) > 60 then '  ' || left(paragraph, 60) || '…'
                    else '  ' || paragraph
                end
            }),
            list_filter(
                list_transform(before_all, lambda paragraph, number: {
                    place: coalesce(list_filter(places[1 : number], lambda place: place is not null)[-1], 0),
                    turn: number,
                    line: case when places[number] is null then '- ' || paragraph end
                }),
                lambda entry: entry.line is not null
            )
        ) as entries
    from compared
)

select
    compared.* exclude (after_all, before_all, places),
    case
        when len(paragraphs_added) + len(paragraphs_removed) > 0
            then array_to_string(list_transform(list_sort(entries), lambda entry: entry.line), e'\n')
    end as body_diff
from compared
join lines using (article_id, version)
