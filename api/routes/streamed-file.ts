import type { Ctx } from "../../db/services/context.ts";

/** Whoever asks has his answer with its first byte: the rest of a long file is not late. */
export function unhurried(ctx: Ctx): Ctx {
  const { signal: _, ...rest } = ctx;
  return rest;
}

/**
 * A file that is made while it is taken, no faster than that; who goes away ends it.
 * @param pages what `texts` is made of. Its first page is waited for, so that a refusal is an answer and not half a file.
 */
export async function streamedFile<Page>(
  pages: AsyncGenerator<Page>,
  texts: (pages: AsyncGenerator<Page>) => AsyncGenerator<string>,
  file: { name: string; contentType: string },
): Promise<Response> {
  const first = await pages.next();
  const all = (async function* () {
    if (!first.done) yield first.value;
    yield* pages;
  })();
  return new Response(streamOf(texts(all), pages), {
    headers: {
      "Content-Type": file.contentType,
      "Content-Disposition": `attachment; filename="${file.name}"`,
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

function streamOf(texts: AsyncGenerator<string>, pages: AsyncGenerator<unknown>): ReadableStream {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await texts.return(undefined);
      await pages.return(undefined);
    },
  });
}
