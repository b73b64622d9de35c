-- One row per article: its current version.
-- gone_since: the first visit that did not find its page any more (HTTP 404 or 410); null: it was there at the last visit
-- An anti-join, because ranking versions inside the query made a look-up by URL 90 times dearer; by where rows lie and not by their
-- ids, because a count of 1,000,000 articles then reads no ids and takes a quarter of the time.
-- Grouped, though it has one row per article, so that DuckDB sees that, and leaves the join out where nobody asks for gone_since.
with marked as (
    select article_id, any_value(gone_since) as gone_since
    from articles_gone
    group by article_id
)

select article_rows.* exclude (file, row_in_file), marked.gone_since
from article_rows
anti join superseded_rows using (file, row_in_file)
left join marked using (article_id)
