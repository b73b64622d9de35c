-- One row per extracted row that holds a paragraph which stands in many other articles of its site: the first such paragraph.
-- Reads: extracted (with row_number). Many: five articles of other content, and one in twenty. Shorter paragraphs than 40 characters
-- are subheads and cries ("Goal!") that may well be somebody's own.
with paragraphs as (
    select
        row_number,
        site,
        content_hash,
        unnest(list_distinct(list_transform(string_split(body, e'\n\n'), lambda paragraph: hash(paragraph)))) as paragraph_hash
    from extracted
),

frequent as (
    select site, paragraph_hash
    from paragraphs
    group by site, paragraph_hash
    having count(*) >= 5
),

sites as (
    select site, count(*) as articles
    from extracted
    group by site
),

repeated as (
    select site, paragraph_hash
    from paragraphs
    semi join frequent using (site, paragraph_hash)
    group by site, paragraph_hash
    having count(distinct content_hash) >= greatest(5, any_value((select articles from sites where sites.site = paragraphs.site)) / 20)
),

holders as (
    select row_number, list(paragraph_hash) as hashes
    from paragraphs
    semi join repeated using (site, paragraph_hash)
    group by row_number
),

found as (
    select
        extracted.row_number,
        list_filter(
            string_split(extracted.body, e'\n\n'),
            lambda paragraph: length(paragraph) >= 40 and list_contains(holders.hashes, hash(paragraph))
        )[1] as paragraph
    from extracted
    join holders using (row_number)
)

select row_number, paragraph
from found
where paragraph is not null
