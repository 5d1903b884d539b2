// Colours for blocks of hcxrun and of a console. highlight.js comes with mdBook.
hljs.registerLanguage("hcxrun", (hljs) => ({
  keywords: {
    keyword:
      "edition runbook use as system input let output type phase parallel step gate invariant test api action ticket window in keep on " +
      "failure for by after when retry every timeout limit tolerate ask need within else four eyes check soak login header again error " +
      "require done undone change undo fail hand untouched poll irreversible touches takes scene fault inputs set approve expect then " +
      "if and or not with",
    literal: "true false null rollback hold continue resume run",
    built_in: "post put patch delete get query version ip cidr ifaddr number text csv yaml json",
    type: "bool string duration time percent size url path secret list map",
  },
  contains: [
    hljs.COMMENT("//", "$"),
    { className: "string", begin: '"""', end: '"""', contains: [hljs.BACKSLASH_ESCAPE] },
    { className: "string", begin: '"', end: '"', contains: [hljs.BACKSLASH_ESCAPE] },
    { className: "number", begin: /\b\d[\w.:/+-]*%?/ },
  ],
}));
document.querySelectorAll("code.language-hcxrun").forEach((block) => hljs.highlightBlock(block));
