"""Symbols in all other languages with a grammar."""

import pytest

from fieldguide_indexer.chunking import chunk
from fieldguide_indexer.types import Document

SAMPLES = {
    "a.kt": (
        "package io\n@S data class User(val name: String) {\n  companion object { const val MAX = 3; fun of() = 1 }\n"
        "  suspend fun run(x: Int = 1) { }\n  enum class E { A }\n}\ninterface Shape { fun area(): Double }\n"
        "object Single\nfun String.ext() = 1\ntypealias Id = String\nval top = 1\n",
        "class User, constant User.MAX, method User.of, method User.run, enum User.E, interface Shape, "
        "method Shape.area, object Single, function String.ext, type Id, variable top",
    ),
    "a.swift": (
        "public final class Session: P {\n  init(a: Int) { }\n  func request(_ u: String) throws -> R { }\n"
        "  struct In { }\n}\nprotocol P { func go() }\nextension Session { func ext() {} }\n"
        "enum E { case a }\nactor Act { }\ntypealias Id = String\nlet limit = 3\n",
        "class Session, method Session.init, method Session.request, struct Session.In, protocol P, method P.go, "
        "extension Session, method Session.ext, enum E, class Act, type Id, variable limit",
    ),
    "a.scala": (
        "abstract class Foo[A](x: Int) {\n  val Max = 3\n  def map[B](f: A => B): Foo[B] = ???\n  def abs: Int\n}\n"
        "case class P(a: Int)\ntrait F[G[_]] { def m(): Unit }\nobject Main { type Id = String }\ndef top = 1\n",
        "class Foo, constant Foo.Max, method Foo.map, method Foo.abs, class P, trait F, method F.m, object Main, "
        "type Main.Id, function top",
    ),
    "a.sh": (
        "say() { echo; }\nfunction other {\n local x=1\n}\nNAME=1\nexport path=2\n",
        "function say, function other, constant NAME, variable path",
    ),
    "a.ex": (
        "defmodule A.Router do\n  @doc \"Runs.\"\n  def run(x) when is_integer(x) do\n    x\n  end\n"
        "  def run(x), do: x\n  defp priv, do: 1\n  defmacro mac(a) do\n  end\n  defmodule In do\n  end\nend\n"
        "defprotocol P do\n  def go(x)\nend\ndefimpl P, for: Integer do\n  def go(x), do: x\nend\n",
        "module A.Router, function A.Router.run, function A.Router.priv, macro A.Router.mac, module A.Router.In, "
        "protocol P, method P.go, impl P, method P.go",
    ),
    "a.lua": (
        "local M = {}\nfunction M.run(a) end\nfunction M:meth() end\nlocal function helper() end\nM.x = function() end\n",
        "variable M, function M.run, function M.meth, function helper, function M.x",
    ),
    "a.hs": (
        "module A where\ndata Tree a = Leaf\nclass Shape a where\n  area :: a -> Int\ninstance Shape N where\n"
        "  area x = 1\nmapTree :: Int -> Int\nmapTree 0 = 1\nmapTree n = n\n",
        "type Tree, class Shape, method Shape.area, impl Shape, method Shape.area, function mapTree",
    ),
    "a.zig": (
        'const std = @import("std");\npub const Point = struct {\n  pub fn init() Point {}\n};\nfn main() !void {}\n',
        "struct Point, method Point.init, function main",
    ),
    "a.dart": (
        "abstract class Foo {\n  Foo(this.a);\n  int run() async { return 1; }\n  void abs();\n}\n"
        "enum E { a }\nint top(int x) => 1;\nconst limit = 3;\n",
        "class Foo, method Foo.Foo, method Foo.run, method Foo.abs, enum E, function top, constant limit",
    ),
    "a.R": ("add <- function(a) {\n  a\n}\nLIMIT <- 3\n", "function add, constant LIMIT"),
    "a.jl": (
        "module Foo\nfunction area(x::Int)::Int\nend\nshort(x) = x\nstruct Point{T} <: Shape\nend\nmacro mac(x)\nend\nend\n",
        "module Foo, function Foo.area, function Foo.short, struct Foo.Point, macro Foo.mac",
    ),
    "a.ml": (
        "let add a b = a\nlet limit = 3\ntype t = { a : int }\nmodule M = struct\n  let inner x = x\nend\n",
        "function add, variable limit, type t, module M, function M.inner",
    ),
    "a.pl": ("package A;\nsub new { 1; }\npackage B { sub x {} }\n", "function new, module B, function B.x"),
    "a.sol": (
        "contract Token {\n  uint constant MAX = 3;\n  event T(address a);\n  modifier only() { _; }\n"
        "  constructor() { }\n  function run() public { }\n}\n",
        "class Token, constant Token.MAX, event Token.T, method Token.only, method Token.constructor, method Token.run",
    ),
    "a.clj": ("(ns a)\n(defn add [a] a)\n(defmacro m [x] x)\n(def limit 3)\n", "function add, macro m, variable limit"),
    "a.erl": ("-module(a).\n-record(state, {a}).\nx(0) -> 1;\nx(N) -> N.\ny() -> ok.\n", "struct state, function x, function y"),
    "a.m": (
        "#import <X.h>\n@interface Foo : NSObject\n- (void)run:(int)x;\n@end\n@implementation Foo\n"
        "- (void)run:(int)x { }\n@end\n",
        "class Foo, prototype Foo.run, impl Foo, method Foo.run",
    ),
    "a.ps1": ("function Get-Thing {\n 1 }\nclass Foo {\n  [int] Run() { return 1 }\n}\n", "function Get-Thing, class Foo, method Foo.Run"),
    "a.fs": ("module A\nlet add a b = a\nlet limit = 3\ntype P = { X: int }\n", "function add, variable limit, type P"),
    "a.sql": ("CREATE TABLE users (id INT);\nCREATE VIEW v AS SELECT 1;\n", "table users, view v"),
    "a.proto": (
        'syntax = "proto3";\nmessage User { message In { } }\nservice S { rpc Get(User) returns (User); }\n',
        "struct User, struct User.In, interface S, method S.Get",
    ),
    "a.graphql": ("type User { id: ID! }\ninput In { a: Int }\nquery Get { a }\n", "class User, struct In, function Get"),
    "a.tf": ('resource "aws_x" "web" {\n}\nvariable "name" { }\nlocals { }\n', "block aws_x.web, block name, block locals"),
    "a.nim": ("proc add(a: int): int = a\ntype Foo* = object\n  a: int\ntemplate t(x) = x\n", "function add, type Foo, macro t"),
    "a.gleam": ("pub fn add(a) { a }\npub type T { A }\nconst x = 1\n", "function add, type T, constant x"),
    "a.elm": ("module M exposing (..)\nadd : Int -> Int\nadd a = a\ntype T = A\n", "function add, type T"),
    "a.f90": ("module m\ncontains\nsubroutine s(a)\nend subroutine s\nend module m\n", "module m, function m.s"),
    "a.d": ("module a;\nclass C { void run() { } }\nstruct S { }\nint f() { return 1; }\n", "class C, method C.run, struct S, function f"),
    "a.pas": ("unit U;\ninterface\nimplementation\nfunction F(x: Integer): Integer;\nbegin\nend;\nend.\n", "function F"),
    "a.vim": ("function! s:Run(a) abort\n  return 1\nendfunction\n", "function s.Run"),
}  # fmt: skip


@pytest.mark.parametrize("path", SAMPLES)
def test_every_definition_of_a_language_is_found_and_qualified(path: str) -> None:
    text, expected = SAMPLES[path]
    found = chunk(Document(path, text)).definitions
    assert ", ".join(f"{one.kind} {one.symbol}" for one in found) == expected
