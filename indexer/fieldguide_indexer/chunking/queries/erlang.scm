(fun_decl clause: (function_clause name: (_) @name)) @clause
(record_decl name: (_) @name) @struct
(type_alias name: (type_name name: (_) @name)) @type
(pp_define lhs: (macro_lhs name: (_) @name)) @macro
(spec) @decorator
(comment) @comment
