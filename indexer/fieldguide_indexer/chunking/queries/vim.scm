(function_definition (function_declaration name: (_) @name)) @function
(comment) @comment
