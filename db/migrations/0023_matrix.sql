-- A suite says in which browsers and on which screens its cases run: each case in each of the browsers, on each of the screens.
alter table suite
  add column browsers text[] not null default '{chromium}'
    check (cardinality(browsers) between 1 and 2 and browsers <@ array['chromium', 'firefox']),
  add column viewports jsonb not null default '[{"width": 1280, "height": 720}]'
    check (jsonb_typeof(viewports) = 'array' and jsonb_array_length(viewports) between 1 and 10);
