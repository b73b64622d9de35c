-- One row per extracted row: the scalars that rules check. No body and no list leaves this query.
-- Columns named after evidence (title_markup ... undeclared_language) are null when all is well, else the text that gave it away.
-- Reads: extracted (with row_number, titles trimmed), title_evidence, body_evidence and author_evidence (texts.py), context (what was known before
-- the page was read), boilerplate (boilerplate.sql).
with fetch_times as (
    -- A site whose articles were all published in the minute in which they were fetched shows the visitor's clock.
    select site
    from extracted
    where published_at is not null
    group by site
    having
        count(*) >= 5
        and avg((abs(date_diff('second', published_at, fetched_at)) <= 90)::int) >= 0.8
),

texts as (
    select
        extracted.*,
        -- Only a text that is there has a length; extraction counted it, so that nothing has to read the body for it.
        case when regexp_matches(extracted.body, '[^ \t\r\n]') then body_length end as length_of_body,
        nullif(title, '') as headline,
        title_evidence.title_markup,
        title_evidence.title_mojibake,
        body_evidence.* exclude (row_number),
        author_evidence.odd_author,
        boilerplate.paragraph as repeated_paragraph,
        fetch_times.site is not null as shows_fetch_time,
        context.hint_title,
        case when context.hint_title is not null then regexp_extract_all(lower(context.hint_title), $word) end as hint_words,
        case when context.hint_title is not null then regexp_extract_all(lower(title), $word) end as headline_words,
        context.hint_published_at,
        context.languages,
        context.since
    from extracted
    left join context on context.url = extracted.url
    left join title_evidence on title_evidence.row_number = extracted.row_number
    left join body_evidence on body_evidence.row_number = extracted.row_number
    left join author_evidence on author_evidence.row_number = extracted.row_number
    left join boilerplate on boilerplate.row_number = extracted.row_number
    left join fetch_times on fetch_times.site = extracted.site
)

select
    row_number,
    url,
    source,
    article_id,
    canonical_url,
    headline as title,
    length(headline) as title_length,
    length_of_body as body_length,
    published_at,
    modified_at,
    fetched_at + interval 1 day as latest_published_at,
    since as earliest_published_at,
    published_utc_offset,
    published_precision,
    published_from,
    language,
    pages_missing,
    title_markup,
    body_markup,
    body_entity,
    title_mojibake,
    body_mojibake,
    body_lost_character,
    body_read_also,
    body_login,
    -- A headline of a word or two may well be the first words of the text ("Syria").
    case when length(headline) >= 20 and lower(left(body, length(headline))) = lower(headline) then headline end as body_title,
    repeated_paragraph as body_boilerplate,
    odd_author,
    case when shows_fetch_time and abs(date_diff('second', published_at, fetched_at)) <= 90 then published_at end as fetch_time,
    case when not list_contains(languages, language) then language end as undeclared_language,
    case when len(hint_words) > 0 and len(headline_words) > 0 and not list_has_any(headline_words, hint_words) then hint_title end
        as unlike_hint_title,
    case
        when
            -- A day without an hour is up to a day from any hour of it.
            least(
                abs(date_diff('second', published_at, hint_published_at)),
                abs(date_diff('second', modified_at, hint_published_at))
            ) > case when published_precision = 'day' then 172800 else 86400 end
            then hint_published_at
    end as unlike_hint_published_at
from texts
