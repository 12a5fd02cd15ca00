([(proc_declaration name: (_) @name) (func_declaration name: (_) @name) (method_declaration name: (_) @name)
  (iterator_declaration name: (_) @name)] @function)
([(template_declaration name: (_) @name) (macro_declaration name: (_) @name)] @macro)
(type_declaration (type_symbol_declaration name: (_) @name)) @type
[(comment) (documentation_comment)] @comment
