(type_definition (anon_type_defn (type_name type_name: (_) @name))) @class
(function_or_value_defn (function_declaration_left . (identifier) @name)) @function
(named_module (declaration_expression (function_or_value_defn (value_declaration_left) @name) @variable))
(type_definition (_ (type_name type_name: (_) @name))) @type
(member_defn (method_or_prop_defn name: [(property_or_ident method: (_) @name) (property_or_ident . (identifier) @name .)])) @method
(module_defn (identifier) @name) @module
[(line_comment) (block_comment)] @comment
