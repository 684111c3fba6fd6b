import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallableGroup } from "../../db/services/callable-groups.ts";
import { callControl, callFields, parameterNames } from "./group-call.ts";
import { type DraftStep, stepFromForm } from "./step-fields.ts";

const signIn: CallableGroup = {
  id: "g",
  name: "Sign in",
  parameters: [
    { name: "user" },
    { name: "password", default: "{{secrets.password}}" },
    { name: "place", default: "" },
  ],
};
const call = (values?: Record<string, string>): DraftStep => ({
  type: "group",
  group: "Sign in",
  ...(values && { with: values }),
});

/** The form that a browser would send. */
function formOf(step: DraftStep, group: CallableGroup | null): FormData {
  const form = new FormData();
  form.append("f.group", String(step.group));
  form.append(callControl.name, callControl.value);
  for (const { name, value } of callFields(step, group) ?? []) {
    form.append(parameterNames.name, name);
    form.append(parameterNames.value, value.replaceAll("\n", "\r\n"));
  }
  return form;
}

test("a call comes back from the fields of its parameters as it went in", () => {
  for (const step of [
    call(),
    call({ user: "ada" }),
    call({ user: " {{name}} ", password: "a\nb\n" }),
    call({ user: "x", gone: "a parameter that the group had once" }),
  ]) {
    for (const group of [signIn, null]) {
      assert.deepEqual(
        stepFromForm("group", formOf(step, group)),
        { step, errors: [] },
        JSON.stringify(step),
      );
    }
  }
});

test("each parameter says what it is without a value, and what the group does not know is named", () => {
  const fields = callFields(call({ user: "ada", gone: "x" }), signIn);
  assert.deepEqual(fields, [
    { name: "user", value: "ada", default: null, isKnown: true },
    { name: "password", value: "", default: "{{secrets.password}}", isKnown: true },
    { name: "place", value: "", default: "", isKnown: true },
    { name: "gone", value: "x", default: null, isKnown: false },
  ]);
});

test("values that no field of a form can hold are left to JSON", () => {
  assert.equal(callFields(call({ user: "" }), signIn), null);
  assert.equal(callFields(call({ user: "a\r\nb" }), signIn), null);
  assert.equal(callFields({ type: "group", group: "Sign in", with: ["a"] }, signIn), null);
});
