import { AppError, notFound } from "../../db/domain/errors.ts";
import { type Artifact, artifactSchema } from "../../db/domain/resources.ts";
import { getArtifact } from "../../db/services/executions.ts";
import { byteRangeOf, partOf } from "./byte-range.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId } from "./shared.ts";

const tag = "Executions";

/** What a browser may show; everything else is a download, whatever the page under test said it was. */
const pictureTypes = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);
/** Files that we have made ourselves, for the player of our own page. */
const ownTypes: Partial<Record<Artifact["kind"], string>> = { video: "video/webm", captions: "text/vtt" };

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
        "Pictures and films can be shown; everything else is a download. The ETag is the SHA-256 of the content; one range of bytes may be asked for.",
      params: byId,
      status: 200,
      resultType: "application/octet-stream",
    },
    async ({ c, ctx, params }) => {
      const artifact = await getArtifact(ctx, params.id);
      if (artifact.lostReason !== null)
        throw new AppError("not-found", `this file is lost: ${artifact.lostReason}`);
      const isShown =
        pictureTypes.has(artifact.contentType) || ownTypes[artifact.kind] === artifact.contentType;
      const headers = {
        ETag: `"${artifact.sha256}"`,
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        Vary: "Authorization, Cookie",
        "Accept-Ranges": "bytes",
      };
      if (hasTag(c.req.header("If-None-Match"), headers.ETag))
        return new Response(null, { status: 304, headers });
      const range = byteRangeOf(c.req.header("Range"), artifact.sizeBytes);
      if (range === "unsatisfiable") {
        const size = { "Content-Range": `bytes */${artifact.sizeBytes}` };
        return new Response(null, { status: 416, headers: { ...headers, ...size } });
      }
      const file = await api.deps.blobs.get(artifact.storageKey);
      if (!file) throw notFound("the content of this artifact was");
      const described = {
        ...headers,
        "Content-Type": isShown ? artifact.contentType : "application/octet-stream",
        "Content-Disposition": disposition(isShown ? "inline" : "attachment", artifact.name),
      };
      if (range === null) {
        const length = { "Content-Length": String(file.sizeBytes) };
        return new Response(file.stream, { headers: { ...described, ...length } });
      }
      const { first, last } = range;
      return new Response(partOf(file.stream, range), {
        status: 206,
        headers: {
          ...described,
          "Content-Length": String(last - first + 1),
          "Content-Range": `bytes ${first}-${last}/${file.sizeBytes}`,
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
