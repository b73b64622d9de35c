-- One row per distance between two numbers of a list: how it is written. In base 26 with letters, the last one a capital: 1 is B,
-- 27 is bB. So a list needs no commas, and takes half of the space.
select
    distance::integer as distance,
    if(distance < 26, '', translate(to_base(distance // 26, 26), '0123456789ABCDEFGHIJKLMNOP', 'abcdefghijklmnopqrstuvwxyz'))
    || chr((65 + distance % 26)::integer) as code
from range(1, (select count(*) + 1 from shown)) as distances(distance)
