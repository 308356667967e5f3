create table city(name text primary key, country text not null, people integer, area real);
create index by_country on city(country);
insert into city values ('Warszawa', 'PL', 1863056, 517.2), ('Kraków', 'PL', 804237, 326.8), ('Gdańsk', 'PL', 487834, 262.0),
  ('Lyon', 'FR', 522250, 47.8), ('Paris', 'FR', 2102650, 105.4), ('Nantes', 'FR', null, 65.2), ('Cork', 'IE', 222333, 187.0);
create trigger grown after update of people on city begin insert into change values (old.name, new.people - old.people); end;
create table change(name text, by integer);
begin; update city set people = people + 1000 where country = 'PL'; delete from city; rollback;
update city set people = coalesce(people, 0) + 7 where name like '%n%';
select name, country, people, area from city order by people desc, name;
select country, count(*), sum(people), max(area), count(people) from city group by country having count(*) > 1 order by 1;
select name, rank() over (partition by country order by people desc), sum(people) over (order by name) from city order by name;
select name, by from change order by rowid;
with recursive n(i) as (select 2 union all select i + 1 from n where i < 150),
  prime(p) as (select i from n where not exists (select 1 from n as d where d.i * d.i <= n.i and n.i % d.i = 0))
  select count(*), sum(p), max(p) from prime;
with recursive fib(a, b, k) as (values (0, 1, 0) union all select b, a + b, k + 1 from fib where k < 90) select max(a) from fib;
select upper(hex('łódź')), length('łódź'), substr('deterministic', -4), printf('%08.3f|%+d', 3.14159, 7), round(2.5), 7 / 2, 7 % -3;
select typeof(1), typeof(1.5), typeof('1'), typeof(null), typeof(x'00'), 1 = '1', null is null, 9223372036854775807 + 0;
select group_concat(name, ',') from (select name from city order by name);
