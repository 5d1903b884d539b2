// Starts `hcxrun lsp` for the runbooks of a window, and again when the setting of its path changes.

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");
const { provideCompletionItem } = require("./completion");

/**
 * What keeps a server from starting is told once, by `start`. The client itself would tell the same in up to three ways, and
 * start what has just ended at once again and again.
 */
class Client extends LanguageClient {
  constructor(command) {
    const options = {
      documentSelector: [{ language: "hcxrun" }],
      initializationFailedHandler: () => false,
      middleware: { provideCompletionItem },
    };
    super("hcxrun", "hcxrun", { command, args: ["lsp"] }, options);
    this.hasStarted = false;
  }

  async start() {
    await super.start();
    this.hasStarted = true;
  }

  /** A client that never got to run cannot be stopped: there is nothing to stop then. */
  async stop(timeout) {
    if (this.isRunning()) await super.stop(timeout);
  }

  error(message, data, isShown) {
    super.error(message, data, this.hasStarted && isShown);
  }

  /** What ends before it has run is not started again. Nothing is decided about it: that would keep `start` from failing. */
  createDefaultErrorHandler(most) {
    const usual = super.createDefaultErrorHandler(most);
    const closed = () => (this.hasStarted ? usual.closed() : new Promise(() => {}));
    return { error: (...of) => usual.error(...of), closed };
  }
}

/** @type {Client | undefined} */
let client;

async function start() {
  const command = workspace.getConfiguration("hcxrun").get("path");
  client = new Client(command);
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(
      `hcxrun: the language server \`${command} lsp\` does not start: ${error.message ?? error}. ` +
        "Install hcxrun, or name it in the setting hcxrun.path.",
    );
  }
}

async function stop() {
  await client?.stop();
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
