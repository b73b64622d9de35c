-- One row per author and source.
-- author: a name as the pages give it
-- articles: current articles signed by that name, alone or with others
-- last_published_at: publication of the latest
with signed as (
    select unnest(authors) as author, source, published_at
    from articles
)

select author, source, count(*) as articles, max(published_at) as last_published_at
from signed
group by author, source
order by articles desc, author, source
