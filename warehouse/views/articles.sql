-- One row per article: its current version.
-- An anti-join, because ranking versions inside the query made a look-up by URL 90 times dearer.
select article_versions.*
from article_versions
anti join superseded using (article_id, version)
