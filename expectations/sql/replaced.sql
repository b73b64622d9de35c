-- One row per file that holds a version which the run replaced.
-- rows_in_file: where in it they lie
with later as (
    select article_id, version
    from article_versions
    where run_id = $run_id and version > 1
)

select superseded_rows.file, list(superseded_rows.row_in_file order by superseded_rows.row_in_file) as rows_in_file
from superseded_rows
join later on later.article_id = superseded_rows.article_id and later.version = superseded_rows.version + 1
group by superseded_rows.file
order by superseded_rows.file
