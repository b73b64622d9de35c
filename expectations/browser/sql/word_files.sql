-- One row per file of words, in the order of their bytes: 200,000 characters and the last word.
with reached as (
    select *, sum(length(word) + length(articles) + length(titles) + 12) over (order by word) // 200000 as place
    from postings
),

numbered as (
    select *, dense_rank() over (order by place) - 1 as number
    from reached
)

select
    'words/' || number as name,
    '[' || string_agg(to_json([word, articles, titles])::varchar, e',\n' order by word) || ']' as value,
    min(word) as first_word
from numbered
group by number
order by number
