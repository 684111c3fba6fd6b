import { AppError, notFound } from "../../db/domain/errors.ts";
import { artifactSchema } from "../../db/domain/resources.ts";
import { getArtifact } from "../../db/services/executions.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId } from "./shared.ts";

const tag = "Executions";

/** What a browser may show; everything else is a download, whatever the page under test said it was. */
const pictureTypes = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);

export function artifactRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "getArtifact",
      method: "get",
      path: "/artifacts/{id}",
      tag,
      summary: "One file's description",
      params: byId,
      status: 200,
      result: artifactSchema,
    },
    async ({ ctx, params }) => {
      const { storageKey: _, ...artifact } = await getArtifact(ctx, params.id);
      return artifact;
    },
  );

  endpoint(
    api,
    {
      id: "getArtifactContent",
      method: "get",
      path: "/artifacts/{id}/content",
      tag,
      summary: "The bytes of a file",
      description:
        "Pictures can be shown; everything else is a download. The ETag is the SHA-256 of the content.",
      params: byId,
      status: 200,
      resultType: "application/octet-stream",
    },
    async ({ c, ctx, params }) => {
      const artifact = await getArtifact(ctx, params.id);
      if (artifact.lostReason !== null)
        throw new AppError("not-found", `this file is lost: ${artifact.lostReason}`);
      const isPicture = pictureTypes.has(artifact.contentType);
      const headers = {
        ETag: `"${artifact.sha256}"`,
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        Vary: "Authorization, Cookie",
      };
      if (hasTag(c.req.header("If-None-Match"), headers.ETag))
        return new Response(null, { status: 304, headers });
      const file = await api.deps.blobs.get(artifact.storageKey);
      if (!file) throw notFound("the content of this artifact was");
      // Nobody would read it.
      if (c.get("signal").aborted) await file.stream.cancel();
      return new Response(file.stream, {
        headers: {
          ...headers,
          "Content-Type": isPicture ? artifact.contentType : "application/octet-stream",
          "Content-Length": String(file.sizeBytes),
          "Content-Disposition": disposition(isPicture ? "inline" : "attachment", artifact.name),
        },
      });
    },
  );
}

function hasTag(header: string | undefined, tag: string): boolean {
  return (header ?? "").split(",").some((given) => given.trim().replace(/^W\//, "") === tag);
}

/** The name comes from a page under test: only RFC 5987's own characters get into the header. */
export function disposition(kind: "inline" | "attachment", name: string): string {
  const plain = name.replace(/[^\w.-]+/g, "_").slice(0, 100) || "file";
  const encoded = encodeURIComponent(name.toWellFormed().slice(0, 200)).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
