-- One row per word: the articles that hold it, and those whose headline does, as distances from one to the next, the first from -1.
with joined as (
    select
        word,
        in_title,
        head,
        code_of(head - lag(tail, 1, -1) over (partition by word, in_title order by head)) || codes as codes
    from words
)

select
    word,
    string_agg(codes, '' order by head) filter (not in_title) as articles,
    coalesce(string_agg(codes, '' order by head) filter (in_title), '') as titles
from joined
group by word
