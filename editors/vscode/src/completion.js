/** What ends in `name = ` wants a value next: those that there are are shown at once. */
exports.provideCompletionItem = async (document, position, context, token, next) => {
  const found = await next(document, position, context, token);
  for (const item of found?.items ?? found ?? []) {
    const text = item.insertText?.value ?? item.insertText ?? "";
    if (/ = (\$1|$)/.test(text)) item.command = { command: "editor.action.triggerSuggest", title: "Show values" };
  }
  return found;
};
