-- One row per article: its current version.
-- gone_since: the first visit that did not find its page any more (HTTP 404 or 410); null: it was there at the last visit
-- An anti-join, because ranking versions inside the query made a look-up by URL 90 times dearer; by where rows lie and not by their
-- ids, because a count of 1,000,000 articles then reads no ids and takes a quarter of the time.
select article_rows.* exclude (file, row_in_file), articles_gone.gone_since
from article_rows
anti join superseded_rows using (file, row_in_file)
left join articles_gone using (article_id)
