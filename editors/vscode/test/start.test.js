const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const { setTimeout: pause } = require("node:timers/promises");
const { open } = require("./editor");

const remedy = "Install hcxrun, or name it in the setting hcxrun.path.";

/** A program in a folder that is gone when the test is over. */
function program(t, script, by = "/bin/sh") {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hcxrun-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, "hcxrun");
  fs.writeFileSync(file, `#!${by}\n${script}\n`, { mode: 0o755 });
  return file;
}

async function said(command) {
  const { activate, deactivate, shown } = open(command);
  await activate({ subscriptions: [] });
  await pause(200); // for what a client says on its own
  await deactivate();
  return shown;
}

test("a program that is not there is told once, with the reason and what helps", async () => {
  const shown = await said("/nowhere/hcxrun");
  assert.equal(shown.length, 1, shown);
  assert.match(shown[0], /`\/nowhere\/hcxrun lsp` does not start: .*ENOENT/);
  assert.ok(shown[0].endsWith(remedy), shown[0]);
});

test("a server that ends instead of answering is told once, and not started again", async (t) => {
  // It takes what is asked first: what is written to nobody is an error that the library of the client leaves to its host.
  const command = program(t, 'echo start >> "$0.log"; head -c 1000 >/dev/null; exit 2');
  const shown = await said(command);
  assert.equal(shown.length, 1, shown);
  assert.ok(!shown[0].includes("undefined") && shown[0].endsWith(remedy), shown[0]);
  assert.equal(fs.readFileSync(`${command}.log`, "utf8"), "start\n");
});

test("of a server that starts nothing is said", async (t) => {
  const answer = (id) => `{"jsonrpc":"2.0","id":${id},"result":{"capabilities":{}}}`;
  const framed = (text) => `Content-Length: ${text.length}\r\n\r\n${text}`;
  const answers = `process.stdin.on("data", (it) => {
    for (const [, id] of String(it).matchAll(/"id":(\\d+)/g)) process.stdout.write((${framed})((${answer})(id)));
    if (String(it).includes('"exit"')) process.exit();
  });`;
  assert.deepEqual(await said(program(t, answers, process.execPath)), []);
});
