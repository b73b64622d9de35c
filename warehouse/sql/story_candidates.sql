-- One row per pair of articles that may tell one story: at least one is of tonight, and they share their text or a band.
-- Reads: bands (story_bands.sql). Parameters: window_days.
-- Each article is held against the four before it that have the band: articles that are alike are linked in a chain, and a band of
-- boilerplate that thousands have gives thousands of pairs to check, not millions.
with neighbours as (
    select
        article_id,
        told_at,
        is_fresh,
        unnest([
            lag({article_id: article_id, told_at: told_at, is_fresh: is_fresh}, 1) over band,
            lag({article_id: article_id, told_at: told_at, is_fresh: is_fresh}, 2) over band,
            lag({article_id: article_id, told_at: told_at, is_fresh: is_fresh}, 3) over band,
            lag({article_id: article_id, told_at: told_at, is_fresh: is_fresh}, 4) over band
        ]) as other
    from bands
    window band as (partition by band order by told_at, article_id)
),

pairs as (
    select distinct least(article_id, other.article_id) as one, greatest(article_id, other.article_id) as two
    from neighbours
    where other is not null
        and (is_fresh or other.is_fresh)
        and told_at <= other.told_at + to_days($window_days)
)

select one, two, bool_or(a.is_text) as is_exact, count(*) filter (not a.is_text) as shared_bands
from pairs
join bands as a on a.article_id = one
join bands as b on b.article_id = two and b.band = a.band
group by one, two
