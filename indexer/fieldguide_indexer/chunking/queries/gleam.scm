(function name: (_) @name) @function
(type_definition (type_name name: (_) @name)) @type
(type_alias (type_name name: (_) @name)) @type
(constant name: (_) @name) @constant
[(comment) (statement_comment)] @comment
