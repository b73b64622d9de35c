-- One row per pair of articles that tell one story.
-- Reads: candidates (story_candidates.sql) and measured (one, two, similarity: of those that the bands left in doubt).
-- Parameters: bands (of a MinHash), rows_per_band, sure_bands (so many in common need no look at the bodies), near (least overlap).
select
    one,
    two,
    is_exact,
    case
        when is_exact then 1.0
        when shared_bands >= $sure_bands then least(shared_bands / $bands, 1.0) ** (1.0 / $rows_per_band)
        else measured.similarity
    end as similarity
from candidates
left join measured using (one, two)
where is_exact or shared_bands >= $sure_bands or measured.similarity >= $near
