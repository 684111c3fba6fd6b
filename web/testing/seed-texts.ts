import type { ResolvedTarget } from "../../db/domain/events.ts";
import type { TestCaseInput } from "../../db/domain/resources.ts";
import type { Step } from "../../db/domain/steps/index.ts";

/** What a page under test may say to whoever reads about it. */
export const hostile =
  '<script>alert(1)</script><img src=x onerror=alert(2)> "\u202Egnp.exe\u202C" \u200Bhidden\u0007 javascript:alert(3) ' +
  "averyveryveryverylongwordwithoutanyplacetobreakitaveryveryveryverylongwordwithoutanyplacetobreakit";

export const names: (Partial<TestCaseInput> & { name: string })[] = [
  {
    name: "Checkout pays with a saved card",
    group: "Checkout",
    priority: "critical",
    tags: ["smoke", "payment"],
    description: "A customer who has paid before.\nThe card is the one that was used last.",
  },
  { name: `Coupon ${hostile}`.slice(0, 200), group: "Checkout", tags: ["payment"] },
  { name: "Checkout as a guest", group: "Checkout", priority: "high", tags: ["smoke"] },
  { name: "Search suggests products while typing", group: "Search", tags: ["search"] },
  {
    name: "An order that was placed by a customer of a company with a framework contract can be released by exactly one of the people who may approve orders of that size",
    group: "B2B",
    tags: ["b2b", "approval", "nightly", "slow"],
    priority: "low",
  },
  { name: "Sign in with a wrong password", group: "Account", status: "quarantined", tags: ["smoke"] },
  { name: "Sign in and out", group: "Account", priority: "critical", tags: ["smoke"] },
  { name: "Change the delivery address", group: "Account", status: "draft" },
  { name: "Cart keeps its products over a sign-in", group: "Cart" },
  { name: "Remove a product from the cart", group: "Cart" },
  { name: "Newsletter: subscribe and unsubscribe", group: "Marketing", status: "deprecated" },
  { name: "الدفع بالبطاقة", group: "Arabic", tags: ["rtl"] },
  { name: "Invoice as PDF", group: null },
];

/** Steps of every look: short and long, one locator and several, expectations, flags. */
export function checkoutSteps(seed: number): Step[] {
  return [
    { type: "goto", url: "/" },
    { type: "goto", url: "/cart" },
    {
      type: "click",
      target: ['role=button[name="Add to cart"]', "testid=add", "css=#products > li:nth-child(2) button.add"],
    },
    { type: "fill", target: "label=E-mail address", value: "ada@example.com" },
    { type: "fill", target: "label=Password", value: "{{secrets.SHOP_PASSWORD}}" },
    { type: "click", target: 'role=button[name="Pay now"]', name: seed % 3 === 0 ? "Pay" : undefined },
    { type: "waitFor", target: "css=.spinner", state: "hidden", optional: true },
    { type: "expectText", target: "role=heading[level=1]", text: "Thank you for your order" },
    { type: "expectCount", target: "css=.line-item", count: 3, comparison: ">=", soft: true },
    { type: "expectVisible", target: "text=Your card was declined", not: true },
    { type: "screenshot", fullPage: true, disabled: seed % 2 === 0 ? true : undefined },
  ].map((step) => JSON.parse(JSON.stringify(step))) as Step[];
}

/** Steps inside of steps, as a shop with a basket would need them. */
export const nestedSteps = [
  { type: "goto", url: "/cart" },
  {
    type: "if",
    visible: 'role=button[name="Accept cookies"]',
    // biome-ignore lint/suspicious/noThenProperty: the word of the language; a list is never taken for a promise
    then: [{ type: "click", target: 'role=button[name="Accept cookies"]' }],
    else: [{ type: "expectHidden", target: "css=.cookie-banner", soft: true }],
  },
  {
    type: "repeat",
    list: ["apples", "bread", "coffee"],
    as: "product",
    steps: [
      { type: "fill", target: "label=Search", value: "{{product}}" },
      {
        type: "if",
        visible: "css=.sold-out",
        // biome-ignore lint/suspicious/noThenProperty: the same
        then: [{ type: "expectText", target: "css=.sold-out", text: "Sold out", optional: true }],
        else: [
          { type: "click", target: 'role=button[name="Add to cart"]' },
          { type: "expectText", target: "role=status", text: "{{product}} is in the cart" },
        ],
      },
    ],
  },
  { type: "expectCount", target: "css=.line-item", count: 3 },
] as unknown as Step[];

/** Where the elements of the steps stand in the seed's pictures. */
export const boxes: Record<number, ResolvedTarget> = {
  2: {
    locator: 'role=button[name="Add to cart"]',
    index: 0,
    matches: 1,
    box: { x: 880, y: 300, width: 160, height: 40 },
  },
  3: {
    locator: "label=E-mail address",
    index: 0,
    matches: 1,
    box: { x: 240, y: 300, width: 400, height: 40 },
  },
  5: {
    locator: 'role=button[name="Pay now"]',
    index: 0,
    matches: 1,
    box: { x: 240, y: 460, width: 160, height: 44 },
  },
  7: {
    locator: "role=heading[level=1]",
    index: 0,
    matches: 1,
    box: { x: 240, y: 120, width: 420, height: 44 },
  },
};
