// VS Code, as much of it as the extension needs: what it shows is kept, whatever else it is asked for is there and does nothing.

const Module = require("node:module");

/** Stands for any value: it can be called, made new, extended and asked for parts, and all of that is the same again. */
const anything = new Proxy(class {}, {
  get: (target, key) => (key === "prototype" ? target.prototype : typeof key === "symbol" || key === "then" ? undefined : anything),
  apply: () => anything,
  construct: (target, of, made) => (made === anything ? anything : Reflect.construct(target, of, made)),
});

/** Loads the extension into a window with a setting of its path; gives what it exports and the messages that are shown. */
function open(path) {
  const shown = [];
  const show = async (message) => void shown.push(message);
  const part = (own) => new Proxy(own, { get: (known, key) => known[key] ?? anything });
  const window = part({
    showErrorMessage: show,
    showWarningMessage: show,
    showInformationMessage: show,
    createOutputChannel: () => ({ append() {}, appendLine() {}, show() {}, dispose() {} }),
  });
  const workspace = part({ getConfiguration: () => ({ get: () => path }), workspaceFolders: undefined, textDocuments: [] });
  const vscode = part({ window, workspace, version: "1.100.0", env: { appName: "test", language: "en" } });

  const load = Module._load;
  Module._load = (name, ...of) => (name === "vscode" ? vscode : load(name, ...of));
  try {
    return { ...require("../src/extension"), shown };
  } finally {
    Module._load = load;
    delete require.cache[require.resolve("../src/extension")];
  }
}

module.exports = { open };
