-- Executions also run in Firefox. The old list of names is contained in the new one: nothing is looked at again.
alter table execution drop constraint execution_browser_check;
alter table execution add constraint execution_browser_check check (browser in ('chromium', 'firefox')) not valid;
