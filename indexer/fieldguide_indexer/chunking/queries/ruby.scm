(module name: (_) @name) @module
(class name: (_) @name) @class
(method name: (_) @name) @method
(singleton_method name: (_) @name) @method
(call method: (identifier) @_define arguments: (argument_list . (simple_symbol) @name)
  (#eq? @_define "define_method")) @method
(assignment left: (constant) @name right: (call block: (_))) @class
(assignment left: (constant) @name) @constant
(comment) @comment
