; As Neovim reads it.

[
  (runbook) (phase) (parallel) (step) (gate) (invariant) (check) (api) (action) (test) (record) (record_type) (list) (arguments)
] @indent.begin
["}" "]" ")"] @indent.branch @indent.end
[(comment) (doc_comment) (text_block)] @indent.auto
