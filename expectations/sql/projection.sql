-- One row per extracted row: the scalars that rules check. No body and no list leaves this query.
-- Columns named after evidence (title_markup ... undeclared_language) are null when all is well, else the text that gave it away.
-- Reads: extracted (with row_number), context (what was known before the page was read), boilerplate (boilerplate.sql).
-- Most bodies are read once, by a regular expression that every match of the others holds a match of (patterns.py: TELLTALE).
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
        case when regexp_matches(body, '[^ \t\r\n]') then body_length end as length_of_body,
        nullif(trim(title, e' \t\r\n'), '') as headline,
        regexp_matches(body, $telltale) as has_telltale,
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
    nullif(regexp_extract(title, $title_markup), '') as title_markup,
    case when has_telltale then nullif(regexp_extract(body, $body_markup), '') end as body_markup,
    case when has_telltale then nullif(regexp_extract(body, $entity), '') end as body_entity,
    nullif(regexp_extract(title, $mojibake), '') as title_mojibake,
    case
        when has_telltale and regexp_matches(body, $repeated_mojibake)
            then regexp_extract(body, '.{0,30}' || $mojibake || '.{0,30}')
    end as body_mojibake,
    case when has_telltale then nullif(regexp_extract(body, $lost_character), '') end as body_lost_character,
    case when has_telltale then nullif(regexp_extract(body, $read_also), '') end as body_read_also,
    case when has_telltale then nullif(regexp_extract(body, $login), '') end as body_login,
    -- A headline of a word or two may well be the first words of the text ("Syria").
    case when length(headline) >= 20 and lower(left(body, length(headline))) = lower(headline) then headline end as body_title,
    repeated_paragraph as body_boilerplate,
    list_filter(authors, lambda author: regexp_matches(author, $not_a_person))[1] as odd_author,
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
