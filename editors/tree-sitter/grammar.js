// The grammar of hcxrun, edition 1, as dsl/src/grammar.pest has it; what is wrong is an ERROR here and nothing more.

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

/** What a block of clauses holds may come in any order. */
const block = (/** @type {RuleOrLiteral[]} */ ...clauses) => seq("{", repeat(choice(...clauses)), "}");
const list = (/** @type {RuleOrLiteral} */ of) => seq(of, repeat(seq(",", of)));
/** A list with a comma behind its last one, or not. */
const listed = (/** @type {RuleOrLiteral} */ of) => seq(list(of), optional(","));

// Weakest first; `tail` is what a lambda or an `if` takes with it: all that follows.
const strength = { tail: 1, coalesce: 2, or: 3, and: 4, not: 5, compare: 6, add: 7, multiply: 8, negate: 9, postfix: 10 };

// Words that start a clause where an argument may stand too: a sign behind them makes them the argument's name.
const clause_words = ["after", "when", "retry", "timeout", "limit", "tolerate", "on"];

module.exports = grammar({
  name: "hcxrun",
  word: ($) => $.identifier,
  extras: ($) => [/[\s\uFEFF]/, $.comment, $.doc_comment],
  // `rollback phase` is a policy; `rollback` and `phase next {` are two clauses: the brace tells.
  conflicts: ($) => [[$.policy]],
  supertypes: ($) => [$.expression],
  inline: ($) => [$._item, $._member, $._name],

  rules: {
    file: ($) => repeat($._item),
    _item: ($) =>
      choice(
        $.edition, $._member, $.action, $.input, $.let, $.output, $.type_declaration, $.test, $.system, $.use, $.runbook, $.api,
        $.invariant,
      ),
    _member: ($) => choice($.step, $.parallel, $.phase, $.gate),
    edition: ($) => seq("edition", $.number),

    // ---- runbooks ----

    runbook: ($) => seq("runbook", field("title", $.text), block($.ticket, $.window, $.on_failure)),
    ticket: ($) => seq("ticket", $.text),
    window: ($) =>
      seq("window", $.time, "..", $.time, optional(seq("in", field("zone", $.text))), optional(seq("keep", $.duration))),
    on_failure: ($) => seq("on", "failure", $.policy),
    policy: ($) => choice(prec.dynamic(-1, seq("rollback", "phase")), "rollback", "hold", "continue"),

    use: ($) =>
      seq("use", choice(field("name", $.identifier), seq(field("path", $.text), "as", field("name", $.identifier)))),
    system: ($) => seq("system", field("name", $.identifier), ":", field("type", choice($.identifier, $.path))),
    input: ($) =>
      seq("input", field("name", $.identifier), ":", field("type", $._type), optional(seq("=", field("default", $.expression)))),
    let: ($) => seq("let", field("name", $.identifier), "=", field("value", $.expression)),
    output: ($) => seq("output", field("name", $.identifier), "=", field("value", $.expression)),
    type_declaration: ($) => seq("type", field("name", $.identifier), "=", field("type", $._type)),

    phase: ($) => seq("phase", field("name", $.identifier), block($.on_failure, $._member)),
    parallel: ($) => seq("parallel", block($._member)),
    step: ($) =>
      seq(
        "step",
        field("name", $.identifier),
        optional($.each),
        ":",
        field("action", $.action_name),
        block($.argument, $.after, $.when, $.retry, $.timeout, $.limit, $.tolerate, $.on_failure),
      ),
    each: ($) =>
      seq("for", field("name", $.identifier), "in", field("values", $.expression), "by", field("key", $.expression)),
    action_name: ($) => choice($.identifier, $.path),
    path: ($) => seq(field("module", $.identifier), ".", field("name", $.identifier)),

    argument: ($) => seq(field("name", $._name), "=", field("value", $.expression)),
    _name: ($) => choice($.identifier, alias(choice(...clause_words), $.identifier)),
    after: ($) => seq("after", list($.identifier)),
    when: ($) => seq("when", $.expression),
    retry: ($) => seq("retry", $.number, "every", $.duration, optional(seq("..", $.duration))),
    timeout: ($) => seq("timeout", $.duration),
    limit: ($) => seq("limit", $.number),
    tolerate: ($) => seq("tolerate", choice($.percent, $.number)),

    gate: ($) => seq("gate", field("name", $.identifier), block($.ask, $.by, $.need, $.four_eyes)),
    ask: ($) => seq("ask", $.expression),
    by: ($) => seq("by", list($.text)),
    need: ($) => seq("need", $.number, optional(seq("within", $.duration)), optional($.otherwise)),
    four_eyes: (_) => seq("four", "eyes"),
    otherwise: ($) => seq("else", $.policy),

    invariant: ($) => seq("invariant", field("name", $.identifier), block($.check, $.pace, $.soak)),
    check: ($) => seq("check", field("action", $.action_name), block($.argument)),
    pace: ($) => seq("every", $.duration, optional(seq("tolerate", $.number)), $.otherwise),
    soak: ($) => seq("soak", $.duration),

    // ---- modules ----

    api: ($) => seq("api", field("name", $.identifier), block($.input, $.login, $.header, $.again, $.error)),
    login: ($) => seq("login", $.method, $._call),
    header: ($) => seq("header", $.text, "=", $.expression),
    again: ($) => seq("again", "on", list($.number)),
    error: ($) => seq("error", $.expression),

    action: ($) =>
      seq(
        "action",
        field("name", $.identifier),
        block(
          $.input, $.let, $.require, $.done, $.change, $.undone, $.undo, $.fail, $.by_hand, $.untouched, $.poll, $.irreversible,
          $.touches, $.takes, $.output,
        ),
      ),
    require: ($) => seq("require", $.expression, "else", $.expression),
    done: ($) => seq("done", "when", $.expression),
    undone: ($) => seq("undone", "when", $.expression),
    change: ($) => seq("change", $._text, $.request),
    undo: ($) => seq("undo", $._text, $.request),
    request: ($) => seq(field("system", $.identifier), ".", $.method, $._call),
    method: (_) => choice("post", "put", "patch", "delete"),
    _call: ($) => seq("(", $.expression, optional(seq(",", $.expression)), optional(","), ")"),
    fail: ($) => seq("fail", $.expression, "when", $.expression),
    by_hand: ($) => seq("by", "hand", $.expression, "when", $.expression),
    untouched: ($) => seq("untouched", "when", $.expression, optional(seq("after", $.duration))),
    poll: ($) => seq("poll", "every", $.duration, "for", $.duration),
    irreversible: ($) => seq("irreversible", $.expression),
    touches: ($) => seq("touches", list($.expression)),
    takes: ($) => seq("takes", $.duration, "..", $.duration),

    // ---- tests ----

    test: ($) =>
      seq(
        "test",
        field("title", $.text),
        block($.scene, $.fault, $.inputs, $.set, $.approve, $.system, $.let, $._member, $.expect, $.then),
      ),
    scene: ($) => seq("scene", $.text),
    fault: ($) => seq("fault", $.text),
    inputs: ($) => seq("inputs", $.text),
    set: ($) => seq("set", field("name", $.identifier), "=", $.expression),
    approve: ($) => seq("approve", field("name", $.identifier), optional($.by)),
    expect: ($) => seq("expect", $.expression),
    then: ($) => seq("then", choice(seq("rollback", optional(seq("to", field("name", $.identifier)))), "resume", "run")),

    // ---- types ----

    _type: ($) => choice($.optional_type, $._whole_type),
    optional_type: ($) => seq($._whole_type, "?"),
    _whole_type: ($) =>
      choice($.choice_type, $.record_type, $.list_type, $.map_type, alias($.path, $.type_path), alias($.identifier, $.type_name)),
    choice_type: ($) => seq($.text, repeat(seq("|", $.text))),
    record_type: ($) => seq("{", optional(listed($.type_field)), "}"),
    type_field: ($) => seq(field("name", $.identifier), ":", field("type", $._type)),
    list_type: ($) => seq("list", "<", $._type, ">"),
    map_type: ($) => seq("map", "<", $._type, ">"),

    // ---- expressions ----

    expression: ($) =>
      choice(
        $.binary, $.unary, $.field, $.method_call, $.index, $.with, $.call, $.lambda, $.if, $.paren, $.list, $.record, $.identifier,
        $.text, $.text_block, $.time, $.prefix, $.version, $.size, $.duration, $.percent, $.number, $.null, $.bool,
      ),
    binary: ($) => {
      const infix = (/** @type {number} */ weight, /** @type {RuleOrLiteral} */ operator) =>
        prec.left(weight, seq(field("left", $.expression), field("operator", operator), field("right", $.expression)));
      return choice(
        prec.right(strength.coalesce, seq(field("left", $.expression), field("operator", "??"), field("right", $.expression))),
        infix(strength.or, "or"),
        infix(strength.and, "and"),
        infix(strength.compare, choice("==", "!=", "<", "<=", ">", ">=")),
        infix(strength.add, choice("+", "-")),
        infix(strength.multiply, choice("*", "/")),
      );
    },
    unary: ($) => choice(prec(strength.not, seq("not", $.expression)), prec(strength.negate, seq("-", $.expression))),
    field: ($) => prec(strength.postfix, seq(field("of", $.expression), ".", field("name", $.identifier))),
    method_call: ($) =>
      prec(strength.postfix, seq(field("of", $.expression), ".", field("name", $.identifier), field("arguments", $.arguments))),
    index: ($) => prec(strength.postfix, seq(field("of", $.expression), "[", field("key", $.expression), "]")),
    with: ($) => prec(strength.postfix, seq(field("of", $.expression), "with", field("changes", $.record))),
    call: ($) => prec(strength.postfix, seq(field("name", $.identifier), field("arguments", $.arguments))),
    arguments: ($) => seq("(", optional(listed($.expression)), ")"),
    lambda: ($) => prec.right(strength.tail, seq(field("parameter", $.identifier), "=>", field("body", $.expression))),
    if: ($) =>
      prec.right(
        strength.tail,
        seq("if", field("condition", $.expression), "then", field("then", $.expression), "else", field("else", $.expression)),
      ),
    paren: ($) => seq("(", $.expression, ")"),
    list: ($) => seq("[", optional(listed($.expression)), "]"),
    record: ($) => seq("{", optional(listed($.record_field)), "}"),
    record_field: ($) => seq(field("name", choice($.identifier, $.text)), ":", field("value", $.expression)),

    // ---- words and literals ----

    null: (_) => "null",
    bool: (_) => choice("true", "false"),
    identifier: (_) => /[A-Za-z_][A-Za-z0-9_]*/,
    time: (_) => /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?/,
    prefix: (_) => /\d+\.\d+\.\d+\.\d+\/\d+/,
    version: (_) => /\d+\.\d+(\.\d+)+(-[A-Za-z0-9]+)?/,
    size: (_) => /\d+([KMGT]i?)?B/,
    duration: (_) => /(\d+(ms|d|h|m|s))+/,
    percent: (_) => /\d+(\.\d+)?%/,
    number: (_) => /\d+(\.\d+)?/,

    _text: ($) => choice($.text, $.text_block),
    text: ($) => seq('"', repeat(choice($.text_content, $.escape, $.hole)), token.immediate('"')),
    // Blanks and `//` are words of a text, not what stands between words: both tokens win over them.
    text_content: (_) => token.immediate(prec(1, /[^"\\$\n]+|\$/)),
    text_block: ($) =>
      seq('"""', repeat(choice(alias($.block_content, $.text_content), $.escape, $.hole)), token.immediate(prec(2, '"""'))),
    block_content: (_) => token.immediate(prec(1, /[^"\\$]+|\$|""?/)),
    escape: (_) => token.immediate(prec(1, /\\(.|\n)/)),
    hole: ($) => seq(token.immediate(prec(1, "${")), $.expression, "}"),

    // ---- comments ----

    comment: (_) => token(/\/\/([^\/\n][^\n]*)?/),
    doc_comment: (_) => token(/\/\/\/[^\n]*/),
  },
});
