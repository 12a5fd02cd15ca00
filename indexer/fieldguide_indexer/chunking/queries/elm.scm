(type_annotation name: (_) @name) @clause
(value_declaration functionDeclarationLeft: (function_declaration_left . (_) @name)) @clause
(type_declaration name: (_) @name) @type
(type_alias_declaration name: (_) @name) @type
[(line_comment) (block_comment)] @comment
