(contract_declaration name: (_) @name) @class
(library_declaration name: (_) @name) @class
(interface_declaration name: (_) @name) @interface
(struct_declaration name: (_) @name) @struct
(enum_declaration name: (_) @name) @enum
(event_definition name: (_) @name) @event
(error_declaration name: (_) @name) @type
(modifier_definition name: (_) @name) @function
(function_definition name: (_) @name) @function
(constructor_definition . "constructor" @name) @function
(state_variable_declaration name: (_) @name (#match? @name "^[A-Z][A-Z0-9_]+$")) @constant
(comment) @comment
