import { later, type StepCases } from "../contract.ts";

const cookie = { type: "setCookie", cookie: "a", value: "1" } as const;

const expectCookie: StepCases = {
  works: [
    { title: "of the page's site", page: "/next", before: [cookie], step: { cookie: "a", value: "1" } },
    {
      title: "with what it may",
      page: "/next",
      before: [{ ...cookie, httpOnly: true, sameSite: "Strict", path: "/next" }],
      step: { cookie: "a", httpOnly: true, secure: false, sameSite: "Strict", path: "/next", session: true },
    },
    {
      title: "of another domain, until a day",
      page: "/next",
      before: [{ ...cookie, domain: "shop.example", expiresInSeconds: 3_600 }],
      step: { cookie: "a", domain: "shop.example", session: false, value: "^\\d$", match: "regex" },
    },
    {
      title: "that must not be there",
      page: "/next",
      before: [{ ...cookie, domain: "shop.example" }],
      step: { cookie: "a", not: true },
    },
  ],
  waits: [
    {
      title: "until a script sets it",
      page: later("document.cookie = 'late=1'"),
      step: { cookie: "late", value: "1" },
    },
  ],
  fails: [
    {
      title: "that is not there",
      page: "/next",
      before: [cookie],
      step: { cookie: "b" },
      code: "assertion-failed",
      message: "expected a cookie b, there is none of this name (waited 1000 ms)",
      detail: /^Cookies there:\na \(127\.0\.0\.1\/\)$/,
    },
    {
      title: "with another value",
      page: "/next",
      before: [cookie],
      step: { cookie: "a", value: "2" },
      code: "assertion-failed",
      message: 'expected a cookie a that is "2", got "1" (waited 1000 ms)',
    },
    {
      title: "that scripts can see",
      page: "/next",
      before: [cookie],
      step: { cookie: "a", httpOnly: true },
      code: "assertion-failed",
      message: 'expected a cookie a (httpOnly true), got "1" (httpOnly false) (waited 1000 ms)',
    },
    {
      title: "though it must not be there",
      page: "/next",
      before: [cookie],
      step: { cookie: "a", not: true },
      code: "assertion-failed",
      message: 'expected no cookie a, got "1" (waited 1000 ms)',
    },
  ],
};

const stored = { type: "setStorage", key: "cart", value: '{"items":[1,2],"total":3}' } as const;

const expectStorage: StepCases = {
  works: [
    { title: "by a part of its JSON", before: [stored], step: { key: "cart", json: { total: 3 } } },
    {
      title: "of the session, by its whole value",
      before: [{ type: "setStorage", area: "session", key: "tab", value: "7" }],
      step: { area: "session", key: "tab", value: "7" },
    },
    { title: "that must not be there", before: [stored], step: { area: "session", key: "cart", not: true } },
  ],
  waits: [
    {
      title: "until a script keeps it",
      page: later("localStorage.setItem('token', 'abc')"),
      step: { key: "token", value: "^a.c$", match: "regex" },
    },
  ],
  fails: [
    {
      title: "that is another one",
      before: [{ type: "setStorage", key: "key", value: "1" }],
      step: { key: "key", value: "2" },
      code: "assertion-failed",
      message: 'expected key in local storage that is "2", got "1" (waited 1000 ms)',
    },
    {
      title: "that is not there",
      before: [stored],
      step: { key: "key" },
      code: "assertion-failed",
      message: "expected key in local storage, there is nothing (waited 1000 ms)",
      detail: /^Keys there:\ncart$/,
    },
    {
      title: "of a page without any",
      before: [{ type: "goto", url: "data:text/html,x" }],
      step: { key: "key", timeoutMs: 1_000 },
      code: "storage-denied",
      message: "data:text/html,x has no storage; open a page of the site first",
    },
  ],
};

export const expectedStorageCases = { expectCookie, expectStorage };
