-- One row per word that some of $count articles from number $start on hold, and again per word that their headlines do (in_title).
-- head, tail: the first and the last of these articles
-- codes: those after the first, as distances from one to the next
with texts as (
    select
        n::integer as n,
        folded(coalesce(title, '')) as title,
        folded(concat_ws(
            ' ',
            title,
            section,
            array_to_string(authors, ' '),
            array_to_string(tags, ' '),
            if($most > 0, concat_ws(' ', lead, body), null)
        )) as text
    from articles
    join shown using (article_id)
    where n between $start and $start + $count - 1
),

found as (
    select n, unnest(words_of(text)) as word, false as in_title
    from texts
    union all
    select n, unnest(words_of(title)) as word, true as in_title
    from texts
),

lists as (
    select word, in_title, list_sort(list(n)) as numbers
    from found
    group by word, in_title
)

select
    word,
    in_title,
    numbers[1] as head,
    numbers[-1] as tail,
    array_to_string(
        list_transform(list_zip(numbers[2:], numbers, true), lambda pair: code_of(pair[1] - pair[2])),
        ''
    ) as codes
from lists
