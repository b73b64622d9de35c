-- One row per article and thing that it shares, at least with itself, with one of tonight.
-- Reads: things('nearby') and fresh_bands (band).
select band, is_text, article_id, min(told_at) as told_at, bool_or(is_fresh) as is_fresh
from things('nearby')
semi join fresh_bands using (band)
group by band, is_text, article_id
