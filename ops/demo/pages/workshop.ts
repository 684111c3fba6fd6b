import { html } from "hono/html";
import type { Html } from "./layout.ts";

const rooms: readonly [path: string, name: string, what: string][] = [
  ["/newsletter", "Newsletter", "A form inside a frame"],
  ["/rating", "Rating", "A web component with a shadow root"],
  ["/files", "Files", "Choosing and sending a file"],
  ["/dialogs", "Dialogs", "Alert, confirm and prompt"],
  ["/priorities", "Priorities", "A list to be sorted by dragging"],
  ["/stock", "Stock", "A service that answers every second time"],
  ["/voucher", "Voucher", "A calculation"],
  ["/export", "Export", "A page with a notice"],
];

export function workshopPage(): Html {
  return html`
    <h1>Workshop</h1>
    <p>One page for each thing that is hard to test.</p>
    <ul class="grid">
      ${rooms.map(([path, name, what]) => html`<li class="card"><h3><a href="${path}">${name}</a></h3><p class="muted">${what}</p></li>`)}
    </ul>`;
}

export function searchPage(): Html {
  return html`
    <h1>Search</h1>
    <label>Search for <input id="query" type="search" autocomplete="off"></label>
    <p id="state" role="status">Type to search</p>
    <ol id="found" aria-label="Found"></ol>`;
}

export function helpPage(): Html {
  return html`
    <h1>Help</h1>
    <p><a href="/help/delivery" target="_blank" rel="opener">Delivery times</a> open in a tab of their own.</p>
    <button id="open" onclick="window.open('/help/returns')">Returns</button>`;
}

export function topicPage(title: string, text: string): Html {
  return html`<h1>${title}</h1><p>${text}</p><button onclick="window.close()">Close this tab</button>`;
}

export function newsletterPage(): Html {
  return html`
    <h1>Newsletter</h1>
    <iframe title="Subscription" src="/newsletter/form" width="100%" height="220"></iframe>`;
}

/** A document of its own, without the shop around it. */
export function newsletterForm(email: string | null): Html {
  return html`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Subscription</title><link rel="stylesheet" href="/assets/shop.css"></head>
  <body class="frame">
    ${
      email === null
        ? html`<form class="stack"><label>Your e-mail <input name="email" type="email" required></label><button class="button">Subscribe</button></form>`
        : html`<p role="status">${email} is subscribed</p>`
    }
  </body>
</html>`;
}

export function ratingPage(): Html {
  return html`
    <h1>Rating</h1>
    <p>How do you like the kettle?</p>
    <star-rating name="Kettle"></star-rating>
    <p>Your rating: <output id="rating">none</output></p>`;
}

export function filesPage(received: readonly { name: string; bytes: number }[]): Html {
  return html`
    <h1>Files</h1>
    <form method="post" action="/files" enctype="multipart/form-data" class="stack">
      <label>Documents <input name="files" type="file" multiple></label>
      <button class="button">Send</button>
    </form>
    <ul aria-label="Received">${received.map(({ name, bytes }) => html`<li>${name}, ${bytes} bytes</li>`)}</ul>`;
}

export function dialogsPage(): Html {
  return html`
    <h1>Dialogs</h1>
    <div class="row">
      <button id="delete">Delete everything</button>
      <button id="rename">Rename</button>
      <button id="warn">Show a warning</button>
    </div>
    <p id="outcome" role="status">Nothing happened yet</p>`;
}

export function prioritiesPage(): Html {
  const tasks = ["Water the plants", "Order paper", "Sharpen the knife"];
  return html`
    <h1>Priorities</h1>
    <ol id="tasks" aria-label="Tasks">
      ${tasks.map((task) => html`<li class="task" draggable="true">${task}</li>`)}
    </ol>
    <p>First: <strong id="first">${tasks[0] ?? ""}</strong></p>`;
}

export function stockPage(isThere: boolean): Html {
  return html`
    <h1>Stock</h1>
    ${isThere ? html`<p role="status">12 kettles in stock</p>` : html`<p role="alert">The stock service is busy</p>`}`;
}

export function missingPage(): Html {
  return html`<h1>Not found</h1><p>There is nothing here. <a href="/">Back to the shop</a></p>`;
}
