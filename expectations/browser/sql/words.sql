-- One row per article and word that it holds, and whether its headline does.
with texts as (
    select
        n,
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
)

select n::integer as n, unnest(words_of(text)) as word, false as in_title
from texts
union all
select n::integer as n, unnest(words_of(title)) as word, true as in_title
from texts
