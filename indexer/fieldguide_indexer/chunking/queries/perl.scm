(subroutine_declaration_statement name: (_) @name) @function
(package_statement name: (_) @name (block)) @module
(comment) @comment
