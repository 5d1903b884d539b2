; What stands below wins.

(identifier) @variable

; Words

[
  "edition" "runbook" "ticket" "window" "keep" "on" "failure" "phase" "parallel" "step" "gate" "invariant" "after" "ask" "by"
  "need" "within" "four" "eyes" "check" "every" "tolerate" "soak" "timeout" "limit" "api" "login" "header" "again" "error"
  "require" "done" "undone" "change" "undo" "fail" "hand" "untouched" "poll" "irreversible" "touches" "takes" "test" "scene" "fault"
  "inputs" "set" "approve" "expect" "to" "resume" "run" "rollback" "hold" "continue"
] @keyword
["action" "input" "let" "output" "type" "system"] @keyword
["use" "as"] @keyword.import
["retry" "for"] @keyword.repeat
(each "in" @keyword.repeat)
(window "in" @keyword)
["if" "then" "else" "when"] @keyword.conditional
["and" "or" "not" "with"] @keyword.operator
(method) @keyword

; Literals

(text "\"" @string)
(text_block "\"\"\"" @string)
(text_content) @string
(escape) @string.escape
[(time) (prefix) (version) (size) (duration) (percent) (number)] @number
(bool) @boolean
(null) @constant.builtin

; Names

(runbook title: (text) @string.special)
(test title: (text) @string.special)
[(phase name: (identifier) @label) (step name: (identifier) @label) (gate name: (identifier) @label)]
(invariant name: (identifier) @label)
(approve name: (identifier) @label)
(then name: (identifier) @label)
(after (identifier) @label)
(action name: (identifier) @function)
(action_name (identifier) @function)
(action_name (path module: (identifier) @module name: (identifier) @function))
(call name: (identifier) @function.builtin)
(method_call name: (identifier) @function.method)
(use name: (identifier) @module)
(api name: (identifier) @type)
(type_declaration name: (identifier) @type)
(system type: (identifier) @type)
(system type: (path module: (identifier) @module name: (identifier) @type))
(type_name) @type
(type_path module: (identifier) @module name: (identifier) @type)
["list" "map"] @type.builtin
(input name: (identifier) @variable.parameter)
(lambda parameter: (identifier) @variable.parameter)
(argument name: (identifier) @property)
(record_field name: (_) @property)
(type_field name: (identifier) @property)
(field name: (identifier) @property)
(output name: (identifier) @property)

; Signs

["=" "==" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "??" "=>" ".." "|" "?"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
(hole ["${" "}"] @punctuation.special)
["," ":" "."] @punctuation.delimiter

; Comments

(comment) @comment
(doc_comment) @comment.documentation
