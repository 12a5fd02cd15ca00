(module (module_statement (name) @name)) @module
(subroutine (subroutine_statement name: (_) @name)) @function
(function (function_statement name: (_) @name)) @function
(program (program_statement (name) @name)) @module
(comment) @comment
