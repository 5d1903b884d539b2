const assert = require("node:assert/strict");
const { before, test } = require("node:test");
const { grammar, read, runbooks, scan } = require("./scopes");

let hcxrun;
before(async () => {
  hcxrun = await grammar();
});

const isKeyword = ({ scope }) => /^(keyword\.(control|other\.method|operator\.word)|storage\.type|support\.type|constant\.language)/.test(scope);

/** The words the parser knows: what stands in quotes in its grammar, units left out. */
function words() {
  const rules = read("dsl/src/grammar.pest").replace(/^\s*\/\/.*$/gm, "").replace(/^\s*(size|duration|unit) +=.*$/gm, "");
  return [...new Set([...rules.matchAll(/"([a-z]{2,})"/g)].map((found) => found[1]))].sort();
}

test("every runbook has its colours to the end", () => {
  const files = runbooks();
  assert.ok(files.length > 30, "the runbooks are found");
  for (const file of files) {
    const { tokens, depth } = scan(hcxrun, read(file));
    const wrong = tokens.filter(({ scopes }) => scopes.some((scope) => scope.startsWith("invalid")));
    assert.deepEqual(wrong, [], `${file}: nothing is wrong`);
    assert.equal(depth, 1, `${file}: whatever was opened is closed`);
    const plain = tokens.filter(({ scope, text }) => scope === "source.hcxrun" && text.trim());
    assert.deepEqual(plain, [], `${file}: nothing is left without a colour`);
  }
});

test("every word of the parser's grammar is a keyword", () => {
  const { tokens } = scan(hcxrun, read("editors/sample.hcxrun"));
  const known = new Set(tokens.filter(isKeyword).map(({ text }) => text));
  assert.ok(words().length > 70, "the words are found");
  assert.deepEqual(words().filter((word) => !known.has(word)), []);
});

test("no keyword is known here that the parser does not know", () => {
  const known = new Set(words());
  for (const file of runbooks()) {
    const { tokens } = scan(hcxrun, read(file));
    assert.deepEqual(tokens.filter((token) => isKeyword(token) && !known.has(token.text)), [], file);
  }
});

/** A text as a list of what is coloured: `word scope`, the scope without the language. */
function colours(text) {
  const { tokens } = scan(hcxrun, text);
  return tokens.filter(({ text }) => text.trim()).map(({ text, scope }) => `${text.trim()}  ${scope.replace(".hcxrun", "")}`);
}

test("a clause's word is a name where a sign follows", () => {
  assert.deepEqual(colours("limit = limit"), ["limit  variable.other.property", "=  keyword.operator.assignment", "limit  variable.other"]);
  assert.deepEqual(colours("limit 4"), ["limit  keyword.control", "4  constant.numeric"]);
});

test("a module, its dot and what it offers have the same colours everywhere", () => {
  for (const [text, name] of [
    ["step a: hcx.look {", "look  entity.name.function"],
    ["step a for n in ns by n: hcx.look {", "look  entity.name.function"],
    ["check hcx.look {", "look  entity.name.function"],
    ["system a: hcx.manager", "manager  entity.name.type"],
    ["input a: list<hcx.manager>", "manager  entity.name.type"],
  ]) {
    const found = colours(text);
    const at = found.findIndex((it) => it.startsWith(". "));
    assert.deepEqual(found.slice(at - 1, at + 2), ["hcx  entity.name.namespace", ".  punctuation.accessor", name], text);
  }
});

test("a hole in a text is an expression, and may hold texts with holes", () => {
  assert.deepEqual(colours('ticket "a ${b.map(c => "${c}")} d"'), [
    "ticket  keyword.control",
    '"  string.quoted.double',
    "a  string.quoted.double",
    "${  punctuation.section.embedded.begin",
    "b  variable.other",
    ".  punctuation.accessor",
    "map  variable.other.member",
    "(  punctuation.section.parens",
    "c  variable.parameter",
    "=>  keyword.operator.arrow",
    '"  string.quoted.double',
    "${  punctuation.section.embedded.begin",
    "c  variable.other",
    "}  punctuation.section.embedded.end",
    '"  string.quoted.double',
    ")  punctuation.section.parens",
    "}  punctuation.section.embedded.end",
    "d  string.quoted.double",
    '"  string.quoted.double',
  ]);
});

test("a text nobody closed colours one line only", () => {
  assert.deepEqual(colours('ask "Go on?\nneed 2'), [
    "ask  keyword.control",
    '"  string.quoted.double',
    "Go on?  string.quoted.double",
    "need  keyword.control",
    "2  constant.numeric",
  ]);
});

test("a policy ends where the next phase starts", () => {
  assert.deepEqual(colours("on failure rollback phase").at(-1), "phase  keyword.control.policy");
  assert.deepEqual(colours("on failure rollback\nphase next {").slice(-3), [
    "phase  keyword.control",
    "next  entity.name.section",
    "{  punctuation.section.braces",
  ]);
});

test("what starts like a number and is none is wrong", () => {
  assert.deepEqual(colours("timeout 5minutes").at(-1), "5minutes  invalid.illegal.number");
  assert.deepEqual(colours("x = “4”").at(-1), "”  invalid.illegal.character");
});
