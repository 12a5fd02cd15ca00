(object_type_definition (name) @name) @class
(interface_type_definition (name) @name) @interface
(input_object_type_definition (name) @name) @struct
(enum_type_definition (name) @name) @enum
(union_type_definition (name) @name) @type
(scalar_type_definition (name) @name) @type
(operation_definition (name) @name) @function
(fragment_definition (fragment_name) @name) @function
(comment) @comment
