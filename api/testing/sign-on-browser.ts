import assert from "node:assert/strict";
import { publicUrl, type TestApp } from "./app.ts";

/** A browser without scripts: keeps cookies, follows redirects of the API and of a provider, stops at the first page of ours. */
export type SignOnBrowser = {
  /** The cookies for Verdict, by name. */
  cookies: Map<string, string>;
  /** @returns where it stands: a page of ours that it was sent to, or the answer of a provider */
  follow(url: string, init?: RequestInit): Promise<{ url: string; answer: Response | null }>;
  /** From the button to where it is in the end, as this subject at the provider; a path of ours. */
  signOn(subject: string, query?: string): Promise<string>;
  /** The address at which the provider has sent it back, not visited yet. */
  toCallback(subject: string, query?: string): Promise<string>;
};

const callback = `${publicUrl}/api/v1/auth/oidc/callback`;

export function signOnBrowser(t: TestApp): SignOnBrowser {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (url: string) => {
    const { host } = new URL(url);
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    return jar;
  };
  const visit = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const jar = jarOf(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...(init.headers as Record<string, string>), ...(cookie ? { cookie } : {}) };
    const isOurs = url.startsWith(publicUrl);
    const request = { ...init, headers, redirect: "manual" } as const;
    const answer = isOurs ? await t.app.request(url, request) : await fetch(url, request);
    for (const line of answer.headers.getSetCookie()) keep(jar, line);
    return answer;
  };
  const browser: SignOnBrowser = {
    cookies: jarOf(publicUrl),
    async follow(from, init) {
      let url = from;
      let answer = await visit(url, init);
      for (let steps = 0; steps < 10; steps++) {
        const location = answer.headers.get("location");
        if (location === null) return { url, answer };
        await answer.body?.cancel();
        url = new URL(location, url).href;
        if (isPage(url) || url.startsWith(callback)) return { url, answer: null };
        answer = await visit(url);
      }
      throw new Error(`redirected without end, last to ${url}`);
    },
    async toCallback(subject, query = "") {
      const form = await browser.follow(`${publicUrl}/api/v1/auth/oidc/start${query}`);
      if (form.url.startsWith(publicUrl)) return form.url;
      if (!form.answer) throw new Error(`nothing to answer at ${form.url}`);
      assert.equal(form.answer.status, 200, await form.answer.text());
      const body = new URLSearchParams({ login: subject });
      return (await browser.follow(form.url, { method: "POST", body })).url;
    },
    async signOn(subject, query) {
      const back = await browser.toCallback(subject, query);
      if (!back.startsWith(callback)) return back.slice(publicUrl.length);
      const { url } = await browser.follow(back);
      return url.slice(publicUrl.length);
    },
  };
  return browser;
}

function isPage(url: string): boolean {
  return url.startsWith(`${publicUrl}/`) && !url.startsWith(`${publicUrl}/api/`);
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = "", ...attributes] = line.split(";");
  const [name = "", ...value] = pair.split("=");
  const isGone = value.join("=") === "" || attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute));
  if (isGone) jar.delete(name.trim());
  else jar.set(name.trim(), value.join("="));
}
