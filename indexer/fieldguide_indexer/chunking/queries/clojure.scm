(source (list_lit . (sym_lit) @_define . (sym_lit) @name
  (#any-of? @_define "defn" "defn-" "defmulti" "defmethod" "deftest")) @function)
(source (list_lit . (sym_lit) @_define . (sym_lit) @name
  (#eq? @_define "defmacro")) @macro)
(source (list_lit . (sym_lit) @_define . (sym_lit) @name
  (#any-of? @_define "defprotocol" "definterface")) @protocol)
(source (list_lit . (sym_lit) @_define . (sym_lit) @name
  (#any-of? @_define "defrecord" "deftype")) @class)
(source (list_lit . (sym_lit) @_define . (sym_lit) @name
  (#any-of? @_define "def" "defonce")) @variable)
(comment) @comment
