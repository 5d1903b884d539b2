// Starts `hcxrun lsp` for the runbooks of a window, and again when the setting of its path changes.

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

/** @type {LanguageClient | undefined} */
let client;

async function start() {
  const command = workspace.getConfiguration("hcxrun").get("path");
  client = new LanguageClient("hcxrun", "hcxrun", { command, args: ["lsp"] }, { documentSelector: [{ language: "hcxrun" }] });
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(
      `hcxrun: the language server \`${command} lsp\` does not start: ${error.message}. ` +
        "Install hcxrun, or name it in the setting hcxrun.path.",
    );
  }
}

/** A client that never got to run cannot be stopped: there is nothing to stop then. */
async function stop() {
  if (client?.isRunning()) await client.stop();
  client = undefined;
}

// One restart behind the other: two at once would leave a server behind.
let last = Promise.resolve();
function restart() {
  last = last.then(stop).then(start);
  return last;
}

exports.activate = (context) => {
  context.subscriptions.push(
    commands.registerCommand("hcxrun.restart", restart),
    workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("hcxrun.path") && restart()),
  );
  return restart();
};

exports.deactivate = () => last.then(stop);
