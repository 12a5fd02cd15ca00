(function_item name: (_) @name) @function
(function_signature_item name: (_) @name) @function
(struct_item name: (_) @name) @struct
(union_item name: (_) @name) @struct
(enum_item name: (_) @name) @enum
(trait_item name: (_) @name) @trait
(impl_item type: [
  (type_identifier) @name
  (primitive_type) @name
  (reference_type) @name
  (tuple_type) @name
  (array_type) @name
  (scoped_type_identifier name: (_) @name)
  (generic_type type: (type_identifier) @name)
  (generic_type type: (scoped_type_identifier name: (_) @name))]) @impl
(mod_item name: (_) @name body: (_)) @module
(source_file [(const_item name: (_) @name) (static_item name: (_) @name)] @constant)
(declaration_list [(const_item name: (_) @name) (static_item name: (_) @name)] @constant)
(type_item name: (_) @name) @type
(macro_definition name: (_) @name) @macro
(attribute_item) @decorator
[(line_comment) (block_comment)] @comment
