(class_interface . (identifier) @name) @class
(class_implementation . (identifier) @name) @impl
(protocol_declaration . (identifier) @name) @protocol
(method_declaration (method_type) . (identifier) @name) @prototype
(method_definition (method_type) . (identifier) @name) @method
