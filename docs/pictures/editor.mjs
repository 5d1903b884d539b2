// Opens the runbook of the tutorial in VS Code, points and types as a person would, and takes the pictures.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [work, pictures, address, executablePath] = process.argv.slice(2);
const { chromium } = createRequire(join(work, "package.json"))("playwright-core");

const tutorial = readFileSync(join(pictures, "../first-runbook.md"), "utf8");
const [, night] = tutorial.match(/^```hcxrun\n([^]*?)^```$/m);

// VS Code gives a hover a quarter of the window's height: this is high enough for a contract down to what it is refused with.
const viewport = { width: 900, height: 2245 };
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

/** Opens a text as `night.hcxrun`, lets `act` point and type until `shown` has opened, and takes a picture of both. */
async function picture(name, text, shown, act) {
  const folder = join(work, "texts", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "night.hcxrun"), text);

  // A context of its own: VS Code remembers what was open.
  const context = await browser.newContext({ viewport, deviceScaleFactor: 2 });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const file = [["openFile", `vscode-remote://${new URL(address).host}${folder}/night.hcxrun`]];
  await page.goto(`${address}/?${new URLSearchParams({ folder, payload: JSON.stringify(file) })}`);

  const word = (text) => page.locator(".view-line span span").getByText(text, { exact: true }).last();
  // The hint behind the window comes from the server: it has read the text.
  await word("6h long").waitFor();
  await page.keyboard.press("Control+B"); // no side bar
  await act(page, word);
  await page.locator(shown).last().waitFor();
  await page.waitForTimeout(1000); // it may still grow

  const boxes = await Promise.all((await page.locator(`.view-line, ${shown}`).all()).map((it) => it.boundingBox()));
  const height = 16 + Math.max(...boxes.map((box) => box.y + box.height));
  await page.screenshot({ path: join(pictures, `${name}.png`), clip: { x: 0, y: 0, width: viewport.width, height } });
  await context.close();
}

await picture("editor-message", night.replace("count = 2", "conut = 2"), ".monaco-hover:has-text('Quick Fix')", async (page, word) => {
  await word("conut").hover();
});

await picture("editor-hover", night, ".monaco-hover:has-text('Inputs')", async (page, word) => {
  await word("activate_ha").hover();
});

const unfinished = night.replace("  mesh = scale.mesh\n", "");
await picture("editor-completion", unfinished, ".suggest-widget, .suggest-details", async (page) => {
  await page.locator(".view-line").filter({ hasText: "site" }).last().click();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Space");
  await page.locator(".suggest-widget .monaco-list-row").first().waitFor();
  await page.keyboard.press("Control+Space"); // what is told of the first one
});

await browser.close();
