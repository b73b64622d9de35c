-- One row per extracted row that holds a paragraph which stands in many other articles of its site: the first such paragraph.
-- Reads: extracted (with row_number). Many: five articles of other content, and one in twenty. Shorter paragraphs than 40 characters
-- are subheads and cries ("Goal!") that may well be somebody's own.
with paragraphs as (
    select
        row_number,
        unnest(list_transform(string_split(body, e'\n\n'), lambda paragraph: hash(site, paragraph))) as paragraph_hash
    from extracted
),

-- Most paragraphs stand once: what is dear is asked of the others only.
frequent as (
    select paragraph_hash
    from paragraphs
    group by paragraph_hash
    having count(*) >= 5
),

holders as (
    select extracted.row_number, extracted.site, extracted.content_hash, paragraphs.paragraph_hash
    from paragraphs
    semi join frequent using (paragraph_hash)
    join extracted using (row_number)
),

sites as (
    select site, count(*) as articles
    from extracted
    semi join holders using (site)
    group by site
),

repeated as (
    select holders.paragraph_hash
    from holders
    join sites using (site)
    group by holders.paragraph_hash
    having count(distinct holders.content_hash) >= greatest(5, any_value(sites.articles) / 20)
),

hashes as (
    select row_number, list(paragraph_hash) as repeated_hashes
    from holders
    semi join repeated using (paragraph_hash)
    group by row_number
),

found as (
    select
        extracted.row_number,
        list_filter(
            string_split(extracted.body, e'\n\n'),
            lambda paragraph: length(paragraph) >= 40 and list_contains(hashes.repeated_hashes, hash(extracted.site, paragraph))
        )[1] as paragraph
    from extracted
    join hashes using (row_number)
)

select row_number, paragraph
from found
where paragraph is not null
