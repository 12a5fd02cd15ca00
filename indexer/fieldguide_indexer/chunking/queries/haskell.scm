(data_type name: (_) @name) @type
(newtype name: (_) @name) @type
(type_synomym name: (_) @name) @type
(type_family name: (_) @name) @type
(class name: (_) @name) @class
(instance name: (_) @name) @impl
(signature name: (_) @name) @clause
(function name: (_) @name) @clause
(bind name: (_) @name) @clause
[(comment) (haddock)] @comment
