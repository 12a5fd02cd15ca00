; What JavaScript and TypeScript share.
(function_declaration name: (_) @name) @function
(generator_function_declaration name: (_) @name) @function
(class_declaration name: (_) @name) @class
(method_definition name: (_) @name) @method
(pair key: (property_identifier) @name value: [
  (arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method
(variable_declarator name: (identifier) @name value: [
  (arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]) @function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @class
(assignment_expression left: [(member_expression) (identifier)] @name right: [
  (arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]) @function
(assignment_expression left: [(member_expression) (identifier)] @name right: (class body: (_) @body)) @class
(export_statement "default" @name value: [
  (arrow_function body: (_) @body) (function_expression body: (_) @body)]) @function
(export_statement "default" @name value: (class body: (_) @body)) @class
(program (lexical_declaration (variable_declarator name: (identifier) @name) @constant)
  (#not-match? @constant "require\\("))
(program (variable_declaration (variable_declarator name: (identifier) @name) @variable)
  (#not-match? @variable "require\\("))
(export_statement (lexical_declaration (variable_declarator name: (identifier) @name) @constant))
(decorator) @decorator
(comment) @comment
