-- The telephone or tablet that a project's runs show pages on, by its name in the catalogue; null: a screen of the usual size.
-- A device that a later catalogue no longer has counts as none.
alter table project add column device text check (length(device) between 1 and 100);
