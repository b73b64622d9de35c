-- One row per article that was corrected: its versions, the newest $versions of them, oldest first.
-- paragraphs: of the body; those that the versions beside it have too are cut to $kept characters, others to $most
with several as (
    select
        article_id,
        version,
        title,
        lead,
        fetched_at,
        word_count,
        run_id,
        extractor,
        if($most = 0, [], string_split(coalesce(body, ''), e'\n\n')[:400]) as paragraphs
    from article_versions
    semi join (from shown where version > 1) using (article_id)
    qualify row_number() over (partition by article_id order by version desc) <= $versions
),

beside as (
    select
        *,
        lag(paragraphs) over (partition by article_id order by version) as before,
        lead(paragraphs) over (partition by article_id order by version) as after
    from several
),

told as (
    select
        article_id,
        version,
        {
            version: version,
            title: title,
            lead: left(lead, $most),
            fetched: utc_time(fetched_at),
            words: word_count,
            run: run_id,
            extractor: extractor,
            paragraphs: list_transform(paragraphs, lambda paragraph: case
                when not list_contains(coalesce(before, paragraphs), paragraph) then left(paragraph, $most)
                when not list_contains(coalesce(after, paragraphs), paragraph) then left(paragraph, $most)
                when length(paragraph) > $kept then left(paragraph, $kept) || '…'
                else paragraph
            end)
        } as told
    from beside
)

select article_id as id, to_json({id: article_id, versions: list(told order by version)})::varchar as record
from told
group by article_id
