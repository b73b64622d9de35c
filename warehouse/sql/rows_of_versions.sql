-- One row per asked version of an article, as it was stored.
-- Reads: article_versions and asked (article_id, version).
select article_versions.*
from article_versions
semi join asked using (article_id, version)
