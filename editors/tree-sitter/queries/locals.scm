[(file) (action) (api) (test) (step) (lambda)] @local.scope

(input name: (identifier) @local.definition.parameter)
(lambda parameter: (identifier) @local.definition.parameter)
(let name: (identifier) @local.definition.var)
(each name: (identifier) @local.definition.var)
(system name: (identifier) @local.definition.var)
(step name: (identifier) @local.definition.var)
(action name: (identifier) @local.definition.function)
(type_declaration name: (identifier) @local.definition.type)
(api name: (identifier) @local.definition.type)
(use name: (identifier) @local.definition.import)

(identifier) @local.reference
