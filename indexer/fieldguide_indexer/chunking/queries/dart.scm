(class_definition name: (_) @name) @class
(mixin_declaration (identifier) @name) @class
(extension_declaration name: (_) @name) @extension
(enum_declaration name: (_) @name) @enum
(type_alias . (type_identifier) @name) @type
((function_signature name: (_) @name) @function . (function_body) @body)
((method_signature [
    (function_signature name: (_) @name)
    (getter_signature name: (_) @name)
    (setter_signature name: (_) @name)
    (factory_constructor_signature . (identifier) (identifier) @name)]) @method . (function_body) @body)
(declaration [
  (function_signature name: (_) @name)
  (constructor_signature . name: (_) @name)]) @method
(program (static_final_declaration_list (static_final_declaration . (identifier) @name)) @constant)
[(comment) (documentation_comment)] @comment
