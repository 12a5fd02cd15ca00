(class_definition name: (_) @name) @class
(trait_definition name: (_) @name) @trait
(object_definition name: (_) @name) @object
(package_object name: (_) @name) @object
(enum_definition name: (_) @name) @enum
(function_definition name: (_) @name) @function
(function_declaration name: (_) @name) @function
(type_definition name: (_) @name) @type
(given_definition name: (_) @name) @variable
(compilation_unit (val_definition pattern: (identifier) @name) @variable)
(template_body (val_definition pattern: (identifier) @name) @constant (#match? @name "^[A-Z]"))
[(comment) (block_comment)] @comment
