import assert from "node:assert/strict";
import { test } from "node:test";
import { type Step, stepSchema, stepTypes } from "../../db/domain/steps/index.ts";
import {
  controlNames,
  type DraftStep,
  emptyStep,
  fieldsOf,
  fieldValue,
  stepFromForm,
} from "./step-fields.ts";

/** The form that a browser would send for the step: text areas with CRLF, boxes that are off left out. */
function formOf(step: DraftStep): FormData {
  const form = new FormData();
  for (const field of fieldsOf(step.type)) {
    const { control, values } = fieldValue(field, step[field.name]);
    const names = controlNames(field);
    if (control !== field.control) form.append(names.control, control);
    const isArea = control === "multiline" || control === "json";
    for (const value of values) form.append(names.values, isArea ? value.replaceAll("\n", "\r\n") : value);
    if (values.length === 0 && control !== "boolean" && control !== "checks") form.append(names.values, "");
  }
  return form;
}

const examples: Step[] = [
  { type: "goto", url: "/cart", waitUntil: "commit" },
  {
    type: "click",
    target: ["role=button", "css=#a"],
    count: 2,
    modifiers: ["Alt", "Shift"],
    position: { x: 1.5, y: -2 },
  },
  { type: "click", target: "css=#a", button: "right", timeoutMs: 100, optional: true, name: "Open the menu" },
  { type: "fill", target: "label=A", value: "" },
  { type: "fill", target: "label=A", value: "\n two lines\n  and an end \n" },
  { type: "fill", target: "label=A", value: "with a\r\ncarriage return" },
  { type: "type", text: "{{secrets.PASSWORD}}", delayMs: 0 },
  { type: "select", target: "css=select", value: "one" },
  { type: "select", target: "css=select", value: ["one", "two, three"] },
  { type: "select", target: "css=select", value: ["", "two"] },
  { type: "switchTab", tab: 2 },
  { type: "switchTab", tab: "last" },
  { type: "switchTab", url: "line\nbreak" },
  { type: "upload", target: "css=input", files: [{ name: "a.txt", content: "x\r\ny" }] },
  { type: "request", method: "POST", url: "/api", json: "a text", headers: { A: "1" }, status: 201 },
  { type: "request", method: "POST", url: "/api", json: { a: [1, null, "x\ny"] } },
  { type: "mock", url: "*", body: "", abort: true, times: 3 },
  { type: "expectAttribute", target: "css=a", attribute: "href", value: "", not: true, soft: true },
  { type: "expectCount", target: "css=li", count: 0, comparison: ">=" },
  { type: "waitFor", target: "css=a", attributes: { "data-x": "" }, properties: { value: null, length: 2 } },
  { type: "emulateNetwork", downloadBytesPerSecond: 1.25e6, latencyMs: 0 },
  { type: "scroll", x: -10.5, y: 0 },
];

test("every step type has a form with a title for each of its fields", () => {
  for (const type of stepTypes) {
    for (const field of fieldsOf(type)) {
      assert.notEqual(field.title, field.name, `${type}.${field.name} has a title`);
      assert.notEqual(field.hint, "", `${type}.${field.name} says what it is for`);
      if (field.control === "choice" || field.control === "checks") {
        assert.ok(field.choices.length > 1, `${type}.${field.name} has choices`);
      }
    }
  }
});

test("a target is a ranked list, an enumeration a choice, a record JSON", () => {
  const controls = Object.fromEntries(fieldsOf("click").map(({ name, control }) => [name, control]));
  assert.deepEqual(controls, {
    target: "ranked",
    button: "choice",
    count: "number",
    modifiers: "checks",
    position: "json",
    delayMs: "number",
    name: "text",
    timeoutMs: "number",
    optional: "boolean",
    disabled: "boolean",
  });
  assert.deepEqual(
    fieldsOf("click")
      .filter(({ required }) => required)
      .map(({ name }) => name),
    ["target"],
  );
});

test("a step comes back from its form as it went in", () => {
  for (const step of examples) {
    const valid = stepSchema.parse(step);
    const read = stepFromForm(valid.type, formOf(valid as unknown as DraftStep));
    assert.deepEqual(read.errors, [], JSON.stringify(step));
    assert.deepEqual(read.step, JSON.parse(JSON.stringify(valid)), JSON.stringify(step));
  }
});

test("a fresh step of every type can be shown and read back", () => {
  for (const type of stepTypes) {
    const fresh = emptyStep(type);
    const { step, errors } = stepFromForm(type, formOf(fresh));
    assert.deepEqual(errors, []);
    assert.equal(step.type, type);
  }
});

test("what is no number stays as it was typed and is refused by the schema at its field", () => {
  const form = new FormData();
  form.set("f.target", "css=a");
  form.set("f.count", "three");
  const { step } = stepFromForm("expectCount", form);
  assert.equal(step.count, "three");
  const result = stepSchema.safeParse(step);
  assert.deepEqual(
    result.error?.issues.map(({ path }) => path.join(".")),
    ["count"],
  );
});

test("broken JSON is a fault of its field and not a text that is sent", () => {
  const form = new FormData();
  form.set("f.method", "POST");
  form.set("f.url", "/");
  form.set("f.json", "{broken");
  const { step, errors } = stepFromForm("request", form);
  assert.equal(step.json, undefined);
  assert.equal(errors[0]?.path, "json");
  assert.match(errors[0]?.message ?? "", /not JSON/);
});
