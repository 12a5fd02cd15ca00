(class_declaration "interface" (type_identifier) @name) @interface
(class_declaration "enum" (type_identifier) @name) @enum
(class_declaration (type_identifier) @name) @class
(object_declaration (type_identifier) @name) @object
(function_declaration receiver: (receiver_type (user_type (type_identifier) @owner)) (simple_identifier) @name) @function
(function_declaration (simple_identifier) @name) @function
(type_alias (type_identifier) @name) @type
(source_file (property_declaration (variable_declaration (simple_identifier) @name)) @variable)
(class_body (property_declaration (variable_declaration (simple_identifier) @name)) @constant
  (#match? @name "^[A-Z][A-Z0-9_]+$"))
[(line_comment) (multiline_comment)] @comment
