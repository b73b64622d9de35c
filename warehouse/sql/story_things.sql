-- One row per version of an article and thing that it may share with another: its whole text, or a band of its MinHash.
-- A macro's body: things(view, fewest) reads the view, of which texts with fewer words than `fewest` show no bands.
with versions as (
    select
        article_id,
        is_fresh,
        coalesce(published_at, fetched_at) as told_at,
        content_hash,
        if(word_count >= fewest, coalesce(minhash, []), []) as minhash
    from query_table(view_name)
)

select article_id, is_fresh, told_at, true as is_text, hash(content_hash) as band
from versions
where content_hash is not null
union all
-- The same hash at another place of the list is another band.
select article_id, is_fresh, told_at, false as is_text, unnest(list_transform(minhash, lambda band, place: hash(band, place))) as band
from versions
