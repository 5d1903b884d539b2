const assert = require("node:assert/strict");
const { test } = require("node:test");
const { provideCompletionItem } = require("../src/completion");

test("what stands before a value shows the values", async () => {
  const items = [
    { label: "site", insertText: "site = " },
    { label: "look", insertText: { value: "look {\n  site = $1\n}" } },
    { label: "look", insertText: "look" },
    { label: "timeout" },
  ];
  const asks = (found) => found.map((it) => it.command?.command);
  const shows = ["editor.action.triggerSuggest", "editor.action.triggerSuggest", undefined, undefined];
  assert.deepEqual(asks(await provideCompletionItem(0, 0, 0, 0, () => structuredClone(items))), shows);
  assert.deepEqual(asks((await provideCompletionItem(0, 0, 0, 0, () => ({ items }))).items), shows);
  assert.equal(await provideCompletionItem(0, 0, 0, 0, () => undefined), undefined);
});
