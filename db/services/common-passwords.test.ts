import assert from "node:assert/strict";
import { test } from "node:test";
import { refuseCommonPassword } from "./common-passwords.ts";

const refused = (path: string) => ({
  code: "invalid-input",
  message: new RegExp(`^${path}: is one of the passwords that are guessed first; take another`),
});

test("what is guessed first is refused, however it is written", async () => {
  for (const password of [
    "password123",
    "PassWord123",
    " qwertyuiop ",
    "ｐａｓｓｗｏｒｄ１２３",
    "administrator",
  ]) {
    await assert.rejects(refuseCommonPassword(password, "newPassword"), refused("newPassword"), password);
  }
});

test("what nobody would guess first is not, however long or short", async () => {
  for (const password of [
    "correct horse battery staple",
    "tr4in-window-otter",
    "x".repeat(256),
    "password124x!",
  ]) {
    await refuseCommonPassword(password, "password");
  }
});
