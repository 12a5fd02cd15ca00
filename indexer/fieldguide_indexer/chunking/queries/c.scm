; Macros that stand for keywords lead the parser to take the next keyword for a name; parameters may hold them.
((function_definition declarator: (_) @name) @function
  (#not-match? @name "^([^(]*[^(A-Za-z0-9_])?(namespace|template|class|struct|enum|union|if|else|while|for|switch|extern)($|[^A-Za-z0-9_])"))
(preproc_function_def name: (_) @name) @macro
(preproc_def name: (_) @name value: (_)) @macro
(type_definition type: (struct_specifier !name body: (_)) declarator: (_) @name) @struct
(type_definition type: (enum_specifier !name body: (_)) declarator: (_) @name) @enum
(type_definition declarator: (_) @name) @type
(struct_specifier name: (_) @name body: (_)) @struct
(union_specifier name: (_) @name body: (_)) @struct
(enum_specifier name: (_) @name body: (_)) @enum
(translation_unit (declaration declarator: (init_declarator declarator: (_) @name)) @variable)
(translation_unit (declaration declarator: [
  (function_declarator) (pointer_declarator declarator: (function_declarator))] @name) @prototype)
(preproc_ifdef (declaration declarator: [
  (function_declarator) (pointer_declarator declarator: (function_declarator))] @name) @prototype)
(comment) @comment
