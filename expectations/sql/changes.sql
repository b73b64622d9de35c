-- One row per article of which the run stored a later version, up to fifty, those with a changed headline first.
-- stored, titles, times, bodies: how many there are, and of how many the headline, the time of publication, the text changed
-- $files, $rows_in_file: where the versions before lie (replaced.sql). Other files are not opened: without that, the bodies of the whole
-- lake were read for a night's corrections.
-- paragraphs_added, paragraphs_removed: of the body, against the version before
with later as (
    select article_id, version, url, source, title, published_at, body_length, string_split(coalesce(body, ''), e'\n\n') as paragraphs
    from article_versions
    where run_id = $run_id and version > 1
),

earlier as (
    select article_id, version, title, published_at, body_length, string_split(coalesce(body, ''), e'\n\n') as paragraphs
    from article_rows
    where list_contains($files, file) and list_contains($rows_in_file, row_in_file)
),

compared as (
    select
        later.url,
        later.source,
        later.version,
        later.title,
        earlier.title as title_before,
        later.published_at,
        earlier.published_at as published_at_before,
        later.body_length,
        earlier.body_length as body_length_before,
        len(list_filter(later.paragraphs, lambda paragraph: not list_contains(earlier.paragraphs, paragraph))) as paragraphs_added,
        len(list_filter(earlier.paragraphs, lambda paragraph: not list_contains(later.paragraphs, paragraph)))
            as paragraphs_removed,
        later.title is distinct from earlier.title as is_title_changed,
        later.published_at is distinct from earlier.published_at as is_time_changed,
        later.paragraphs <> earlier.paragraphs as is_body_changed
    from later
    join earlier on earlier.article_id = later.article_id and earlier.version = later.version - 1
)

select
    * exclude (is_title_changed, is_time_changed, is_body_changed),
    count(*) over () as stored,
    count(*) filter (is_title_changed) over () as titles,
    count(*) filter (is_time_changed) over () as times,
    count(*) filter (is_body_changed) over () as bodies
from compared
order by is_title_changed desc, is_time_changed desc, source, url
limit 50
