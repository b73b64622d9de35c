-- One row per word: the articles that hold it, and those whose headline does, as distances from one to the next (codes.sql).
with steps as (
    select word, in_title, n, n - lag(n, 1, -1) over (partition by word, in_title order by n) as distance
    from words
)

select
    word,
    string_agg(code, '' order by n) filter (not in_title) as articles,
    coalesce(string_agg(code, '' order by n) filter (in_title), '') as titles
from steps
join codes using (distance)
group by word
