(program (binary_operator lhs: [(identifier) (string)] @name rhs: (function_definition body: (_) @body)) @function)
(binary_operator lhs: [(identifier) (string)] @name rhs: (function_definition body: (_) @body)) @function
(program (binary_operator lhs: (identifier) @name operator: ["<-" "="]) @variable)
(call function: (identifier) @_define arguments: (arguments . (argument value: (string) @name))
  (#any-of? @_define "setGeneric" "setMethod")) @function
(call function: (identifier) @_define arguments: (arguments . (argument value: (string) @name))
  (#any-of? @_define "setClass" "setRefClass")) @class
(comment) @comment
