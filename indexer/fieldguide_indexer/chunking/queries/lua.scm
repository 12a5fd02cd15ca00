(function_declaration name: (_) @name) @function
(assignment_statement (variable_list name: (_) @name) (expression_list value: (function_definition body: (_)? @body))) @function
(field name: (identifier) @name value: (function_definition)) @function
(chunk (assignment_statement (variable_list name: (identifier) @name)) @variable)
(chunk (variable_declaration (assignment_statement (variable_list name: (identifier) @name))) @variable
  (#not-match? @variable "require"))
(comment) @comment
