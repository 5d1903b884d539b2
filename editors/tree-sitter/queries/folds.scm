[
  (runbook) (phase) (parallel) (step) (gate) (invariant) (check) (api) (action) (test) (record) (record_type) (list) (text_block)
  (doc_comment)+
] @fold
