import { later, type StepCases } from "../contract.ts";

const p = "<p>Order 7 is ready</p>";

const set = (script: string) => later(`const p = document.querySelector('p'); ${script}`);

const input = '<input aria-label="Name" value="Ada">';

const setInput = (script: string) => later(`const input = document.querySelector('input'); ${script}`);

const expectEnabled: StepCases = {
  works: [
    { title: "what can be used", page: input, step: { target: "css=input" } },
    {
      title: "with not, what can't",
      page: "<fieldset disabled><input></fieldset>",
      step: { target: "css=input", not: true },
    },
  ],
  waits: [
    {
      title: "until it can be used",
      page: `<input disabled>${setInput("input.disabled = false")}`,
      step: { target: "css=input" },
    },
  ],
  fails: [
    {
      title: "what can't be used",
      page: "<input disabled>",
      step: { target: "css=input" },
      code: "assertion-failed",
      message: "expected css=input to be enabled, but it is disabled (waited 1000 ms)",
    },
  ],
};

const expectEditable: StepCases = {
  works: [
    { title: "a field", page: input, step: { target: "css=input" } },
    {
      title: "with not, one that is read-only",
      page: "<input readonly>",
      step: { target: "css=input", not: true },
    },
  ],
  waits: [
    {
      title: "until it can be written into",
      page: `<input readonly>${setInput("input.readOnly = false")}`,
      step: { target: "css=input" },
    },
  ],
  fails: [
    {
      title: "what is read-only",
      page: "<input readonly>",
      step: { target: "css=input" },
      code: "assertion-failed",
      message: "expected css=input to be editable, but it is read-only (waited 1000 ms)",
    },
    {
      title: "what is no field",
      page: p,
      step: { target: "css=p" },
      code: "assertion-failed",
      message: "expected css=p to be editable, but it is no field (waited 1000 ms)",
    },
  ],
};

const expectChecked: StepCases = {
  works: [
    { title: "a checkbox that is on", page: "<input type=checkbox checked>", step: { target: "css=input" } },
    {
      title: "with not, one that is off",
      page: "<input type=checkbox>",
      step: { target: "css=input", not: true },
    },
  ],
  waits: [
    {
      title: "until it is on",
      page: `<input type=checkbox>${setInput("input.checked = true")}`,
      step: { target: "css=input" },
    },
  ],
  fails: [
    {
      title: "one that is off",
      page: "<input type=checkbox>",
      step: { target: "css=input" },
      code: "assertion-failed",
      message: "expected css=input to be checked, but it is not checked (waited 1000 ms)",
    },
    {
      title: "one that is neither",
      page: "<input type=checkbox><script>document.querySelector('input').indeterminate = true</script>",
      step: { target: "css=input" },
      code: "assertion-failed",
      message: "expected css=input to be checked, but it is neither on nor off (waited 1000 ms)",
    },
  ],
};

const expectFocused: StepCases = {
  works: [{ title: "what has the focus", page: "<input autofocus>", step: { target: "css=input" } }],
  waits: [
    { title: "until it has it", page: input + setInput("input.focus()"), step: { target: "css=input" } },
  ],
  fails: [
    {
      title: "when something else has it",
      page: `${input}<button autofocus>Go</button>`,
      step: { target: "css=input" },
      code: "assertion-failed",
      message: "expected css=input to have the focus, but <button>Go</button> has it (waited 1000 ms)",
    },
    {
      title: "when nothing has it",
      page: input,
      step: { target: "css=input" },
      code: "assertion-failed",
      message: "expected css=input to have the focus, but nothing has it (waited 1000 ms)",
    },
  ],
};

const expectEmpty: StepCases = {
  works: [
    { title: "a field without a value", page: "<input>", step: { target: "css=input" } },
    { title: "an element without text", page: "<p> </p>", step: { target: "css=p" } },
  ],
  waits: [{ title: "until it is empty", page: p + set("p.textContent = ''"), step: { target: "css=p" } }],
  fails: [
    {
      title: "what holds something",
      page: p,
      step: { target: "css=p" },
      code: "assertion-failed",
      message: 'expected css=p to be empty, got "Order 7 is ready" (waited 1000 ms)',
    },
  ],
};

export const expectedStatesCases = {
  expectEnabled,
  expectEditable,
  expectChecked,
  expectFocused,
  expectEmpty,
};
