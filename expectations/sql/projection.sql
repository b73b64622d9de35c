-- One row per extracted row, in the order given: the scalars that rules check. No body and no list leaves this query.
-- Columns named after evidence (title_markup ... odd_author) are null when all is well, else the text that gave it away.
with texts as (
    select
        *,
        -- Only a text that is there has a length; extraction counted it, so that nothing has to read the body for it.
        case when nullif(trim(body, e' \t\r\n'), '') is not null then body_length end as length_of_body,
        nullif(trim(title, e' \t\r\n'), '') as headline
    from extracted
)

select
    row_number() over () as row_number,
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
    published_utc_offset,
    published_precision,
    published_from,
    language,
    pages_missing,
    nullif(regexp_extract(title, $title_markup), '') as title_markup,
    nullif(regexp_extract(body, $body_markup), '') as body_markup,
    nullif(regexp_extract(body, $entity), '') as body_entity,
    nullif(regexp_extract(title, $mojibake), '') as title_mojibake,
    case when regexp_matches(body, $repeated_mojibake) then regexp_extract(body, '.{0,30}' || $mojibake || '.{0,30}') end
        as body_mojibake,
    nullif(regexp_extract(body, $lost_character), '') as body_lost_character,
    nullif(regexp_extract(body, $read_also), '') as body_read_also,
    nullif(regexp_extract(body, $login), '') as body_login,
    -- A headline of a word or two may well be the first words of the text ("Syria").
    case when length(headline) >= 20 and starts_with(lower(body), lower(headline)) then headline end as body_title,
    list_filter(authors, lambda author: regexp_matches(author, $not_a_person))[1] as odd_author
from texts
