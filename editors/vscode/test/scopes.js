// The grammar's answers, asked as VS Code asks them.

const fs = require("node:fs");
const path = require("node:path");
const { execFileSync } = require("node:child_process");
const oniguruma = require("vscode-oniguruma");
const { INITIAL, Registry, parseRawGrammar } = require("vscode-textmate");

const root = path.resolve(__dirname, "../../..");
const read = (file) => fs.readFileSync(path.join(root, file), "utf8");

/** Every runbook, module and fixture of the repository. */
function runbooks() {
  const known = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.hcxrun"], { cwd: root });
  return known.toString().split("\n").filter(Boolean);
}

async function grammar() {
  await oniguruma.loadWASM(fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
  const file = path.join(__dirname, "../syntaxes/hcxrun.tmLanguage.json");
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => parseRawGrammar(fs.readFileSync(file, "utf8"), file),
  });
  return registry.loadGrammar("source.hcxrun");
}

/** The tokens of a text, each with its line, its words and its innermost scope; and how deep the last line leaves it. */
function scan(grammar, text) {
  const tokens = [];
  let state = INITIAL;
  text.split("\n").forEach((line, number) => {
    const found = grammar.tokenizeLine(line, state);
    state = found.ruleStack;
    for (const { startIndex, endIndex, scopes } of found.tokens) {
      tokens.push({ line: number + 1, text: line.slice(startIndex, endIndex), scopes, scope: scopes.at(-1) });
    }
  });
  // What a line opened and its end closes is still open when the text is over: an empty line more closes it.
  return { tokens, depth: grammar.tokenizeLine("", state).ruleStack.depth };
}

module.exports = { grammar, read, root, runbooks, scan };
