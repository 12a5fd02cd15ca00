(call target: (identifier) @_keyword (arguments . (alias) @name) (do_block)
  (#eq? @_keyword "defmodule")) @module
(call target: (identifier) @_keyword (arguments . (alias) @name) (do_block)
  (#eq? @_keyword "defprotocol")) @protocol
(call target: (identifier) @_keyword (arguments . (alias) @name)
  (#eq? @_keyword "defimpl")) @impl
(call target: (identifier) @_keyword (arguments . [
    (identifier) @name
    (call target: (identifier) @name)
    (binary_operator left: (call target: (identifier) @name))])
  (#any-of? @_keyword "def" "defp" "defdelegate" "defguard" "defguardp")) @clause
(call target: (identifier) @_keyword (arguments . [
    (identifier) @name
    (call target: (identifier) @name)
    (binary_operator left: (call target: (identifier) @name))])
  (#any-of? @_keyword "defmacro" "defmacrop")) @macro
(unary_operator operand: (call target: (identifier) @_attribute (arguments (string) @doc))
  (#eq? @_attribute "moduledoc"))
(unary_operator operand: (call target: (identifier) @_attribute (arguments [(string) (sigil)]))
  (#eq? @_attribute "doc")) @comment
(unary_operator operand: (call target: (identifier) @_attribute)
  (#any-of? @_attribute "spec" "impl" "deprecated" "doc" "since")) @decorator
(comment) @comment
