(function_definition declarator: (function_declarator declarator: (qualified_identifier) @name)) @method
(function_definition declarator: (_ (function_declarator declarator: (qualified_identifier) @name))) @method
(class_specifier name: (_) @name body: (_)) @class
(alias_declaration name: (_) @name) @type
(concept_definition name: (_) @name) @type
(field_declaration declarator: (function_declarator declarator: (_) @name)) @prototype
(field_declaration declarator: (_ (function_declarator declarator: (_) @name))) @prototype
(declaration_list (declaration declarator: (function_declarator) @name) @prototype)
(declaration_list (declaration declarator: (init_declarator declarator: (_) @name)) @variable)
(template_parameter_list) @decorator
(requires_clause) @decorator
