(function_definition name: (_) @name) @function
(class_definition name: (_) @name) @class
(module (assignment left: (identifier) @name) @variable (#not-match? @name "^__"))
(module (type_alias_statement left: (type . (_) @name)) @type)
(class_definition body: (block (assignment left: (identifier) @name) @constant) (#match? @name "^[A-Z][A-Z0-9_]+$"))
(function_definition body: (block . (string) @doc))
(class_definition body: (block . (string) @doc))
(decorator) @decorator
(comment) @comment
