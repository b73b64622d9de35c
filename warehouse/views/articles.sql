-- One row per article: its current version.
-- gone_since: the first visit that did not find its page any more (HTTP 404 or 410); null: it was there at the last visit
-- An anti-join, because ranking versions inside the query made a look-up by URL 90 times dearer.
select article_versions.*, articles_gone.gone_since
from article_versions
anti join superseded using (article_id, version)
left join articles_gone using (article_id)
