-- One row per version of an article that a later version replaced, with the place where it lies.
-- Reads: article_rows.
with replaced as (
    select article_id, version - 1 as version
    from article_rows
    where version > 1
)

select article_id, version, file, row_in_file
from article_rows
semi join replaced using (article_id, version)
order by article_id, version
