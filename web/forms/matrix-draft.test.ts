import assert from "node:assert/strict";
import { test } from "node:test";
import { suiteChangeSchema } from "../../db/domain/resources.ts";
import { matrixDraftOf, matrixOf, readMatrixDraft } from "./matrix-draft.ts";

test("a matrix comes back from its form as it went in", () => {
  const browsers = ["chromium", "firefox"] as const;
  const viewports = [
    { width: 390, height: 844 },
    { width: 1440, height: 900 },
    { width: 360, height: 640 },
  ];
  const draft = matrixDraftOf(browsers, viewports);
  const form = new FormData();
  for (const browser of draft.browsers) form.append("browser", browser);
  for (const size of draft.sizes) form.append("size", size);
  form.append("otherSizes", draft.otherSizes);
  assert.deepEqual(readMatrixDraft(form), draft);
  assert.deepEqual(suiteChangeSchema.parse(matrixOf(draft)), { browsers, viewports });
});

test("other sizes are read as people write them, and what is none is refused with what would be right", () => {
  const of = (otherSizes: string) => matrixOf({ browsers: ["chromium"], sizes: [], otherSizes }).viewports;
  assert.deepEqual(of("1440x900, 360 × 640;800X"), [
    { width: 1440, height: 900 },
    { width: 360, height: 640 },
    "800X",
  ]);
  const told = suiteChangeSchema.safeParse({ viewports: of("wide") }).error?.issues[0];
  assert.deepEqual([told?.path, told?.message], [["viewports", 0], "a width and a height such as 1280x720"]);
  const small = suiteChangeSchema.safeParse({ viewports: of("20x20") }).error?.issues[0];
  assert.deepEqual(small?.path, ["viewports", 0, "width"]);
  assert.match(
    suiteChangeSchema.safeParse({ viewports: of("") }).error?.issues[0]?.message ?? "",
    /at least one screen/,
  );
});
