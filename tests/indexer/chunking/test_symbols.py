"""Symbols, kinds, signatures and documentation in the most common languages."""

import pytest

from fieldguide_indexer.chunking import chunk
from fieldguide_indexer.types import Definition, Document


def definitions_in(path: str, text: str) -> tuple[Definition, ...]:
    return chunk(Document(path, text)).definitions


# Each sample with the "kind symbol" of all that it defines, in order.
SAMPLES = {
    "a.py": (
        "LIMIT: int = 3\n"
        "logger = get()\n"
        "class Session(Base):\n"
        "    MAX_AGE = 1\n"
        "    @property\n"
        "    def key(self): pass\n"
        "    async def open(self):\n"
        "        def inner(): pass\n"
        "def main(): pass\n",
        "constant LIMIT, variable logger, class Session, constant Session.MAX_AGE, method Session.key, "
        "method Session.open, function Session.open.inner, function main",
    ),
    "a.ts": (
        "export interface Point { x: number; dist(o: Point): number }\n"
        "export type Id = string\n"
        "export enum Color { Red }\n"
        "namespace Geo { export const area = (p: Point) => 1 }\n"
        "export abstract class Shape<T> {\n  size = 1\n  on = () => {}\n  constructor() {}\n  static of<T>() {}\n}\n"
        "export const useThing = async () => { const inner = () => 1 }\n"
        "const LIMIT = 3\n"
        "export default class extends Shape { m() {} }\n"
        "declare function ambient(x: number): void\n",
        "interface Point, method Point.dist, type Id, enum Color, module Geo, function Geo.area, class Shape, "
        "method Shape.on, method Shape.constructor, method Shape.of, function useThing, function useThing.inner, "
        "constant LIMIT, class default, method default.m, function ambient",
    ),
    "a.tsx": (
        "export const Button = (props: Props) => <a>{props.x}</a>\nexport default function App() { return <Button/> }\n",
        "function Button, function App",
    ),
    "a.js": (
        "const fs = require('fs')\n"
        "exports.x = function () {}\n"
        "module.exports.y = () => 1\n"
        "app.get = function get() {}\n"
        "Foo.prototype.bar = function () {}\n"
        "class A { #secret() {}\n field = () => 1 }\n"
        "const obj = { run() {}, go: function () {} }\n"
        "function* gen() {}\n",
        "function x, function y, function app.get, function Foo.bar, class A, method A.#secret, method A.field, "
        "constant obj, method obj.run, method obj.go, function gen",
    ),
    "a.jsx": ("function App() { return <b/> }\n", "function App"),
    "a.go": (
        "package p\n"
        "const (\n A = iota\n B\n)\n"
        "var ErrX = errors.New()\n"
        "type Engine struct { a int }\n"
        "type Doer interface { Do(x int) error }\n"
        "type Handler func(int)\n"
        "func (e *Engine) Run() error { return nil }\n"
        "func (l List[T]) Len() int { return 1 }\n"
        "func New[T any]() *Engine { return nil }\n",
        "constant A, constant B, variable ErrX, struct Engine, interface Doer, method Doer.Do, type Handler, "
        "method Engine.Run, method List.Len, function New",
    ),
    "a.rs": (
        "pub struct Point<T> { x: T }\n"
        "enum Shape { A }\n"
        "trait Area { const N: usize; fn area(&self) -> f64; }\n"
        "impl<T: Copy> Area for Point<T> { fn area(&self) -> f64 { 1.0 } }\n"
        "mod inner { pub fn f() {} }\n"
        "const MAX: usize = 3;\n"
        "type R<T> = Result<T, ()>;\n"
        "macro_rules! my { () => {} }\n"
        "async fn main() {}\n",
        "struct Point, enum Shape, trait Area, constant Area.N, method Area.area, impl Point, method Point.area, "
        "module inner, function inner.f, constant MAX, type R, macro my, function main",
    ),
    "A.java": (
        "package a;\n"
        "@Deprecated public class Gson<T> {\n"
        "  static final int MAX = 3; int a;\n"
        "  public Gson(int x) { }\n"
        "  @Override public <T> T from(String s) { return null; }\n"
        "  interface Inner { void run(); }\n"
        "  enum E { A; int v() { return 1; } }\n"
        "  record P(int x) { }\n"
        "}\n",
        "class Gson, constant Gson.MAX, method Gson.Gson, method Gson.from, interface Gson.Inner, "
        "method Gson.Inner.run, enum Gson.E, method Gson.E.v, class Gson.P",
    ),
    "a.c": (
        "#define MAX 10\n"
        "#define SQ(x) ((x)*(x))\n"
        "typedef struct node { int a; } node_t;\n"
        "typedef int (*cb)(int);\n"
        "enum color { RED };\n"
        "static const int limit = 3;\n"
        "static char **parse(const char *s) { return 0; }\n"
        "int *(*fp(int a))(int) { return 0; }\n"
        "void\nset(struct node *it, enum color c,\n    ...)\n{\n}\n"
        "int proto(int a);\n",
        "macro MAX, macro SQ, type node_t, struct node, type cb, enum color, variable limit, function parse, "
        "function fp, function set, prototype proto",
    ),
    "a.cpp": (
        "namespace fmt {\n"
        "template <typename T>\nclass Buf : public Base {\n"
        "  Buf(int a) : a_(a) {}\n  ~Buf() {}\n  T& operator[](int i) { return x[i]; }\n  void decl(int);\n"
        "  struct Inner { int x; };\n};\n"
        "}\n"
        "void fmt::Buf<int>::decl(int x) { }\n"
        "int& ref(int& a) { return a; }\n"
        "using Id = int;\n"
        "FMT_BEGIN_NAMESPACE\nnamespace detail { }\n",
        "class Buf, method Buf.Buf, method Buf.~Buf, method Buf.operator[], prototype Buf.decl, struct Buf.Inner, "
        "method fmt.Buf.decl, function ref, type Id",
    ),
    "a.cs": (
        "namespace A.B {\n"
        "  [Serializable] public class Foo<T> : Base {\n"
        "    const int Max = 3;\n    public string Name { get; set; }\n    public Foo() { }\n"
        "    async Task<int> RunAsync() => await X();\n    interface IInner { void Go(); }\n    enum E { A }\n"
        "    record R(int X);\n    delegate void Cb(int x);\n"
        "  }\n}\n",
        "class Foo, constant Foo.Max, property Foo.Name, method Foo.Foo, method Foo.RunAsync, interface Foo.IInner, "
        "method Foo.IInner.Go, enum Foo.E, class Foo.R, type Foo.Cb",
    ),
    "a.rb": (
        "module Sinatra\n  VERSION = '1'\n  class Base < App\n    def call(env); end\n    def self.get(path) = 1\n"
        "    class << self\n      def settings?; end\n    end\n    define_method(:dyn) { 1 }\n  end\n"
        "  Point = Struct.new(:x) do\n    def dist; end\n  end\n"
        "  class Error::Deep < X; end\nend\ndef top; end\n",
        "module Sinatra, constant Sinatra.VERSION, class Sinatra.Base, method Sinatra.Base.call, "
        "method Sinatra.Base.get, method Sinatra.Base.settings?, method Sinatra.Base.dyn, class Sinatra.Point, "
        "method Sinatra.Point.dist, class Sinatra.Error.Deep, function top",
    ),
    "a.php": (
        "<?php\nnamespace Slim;\n#[Attr]\nfinal class App implements I {\n  const MAX = 3;\n"
        "  public function __construct() {}\n  static function get(): ?array { return null; }\n}\n"
        "interface I { function y(); }\ntrait T { function t() {} }\nenum Suit { case A; }\n"
        "function helper() {}\nconst LIMIT = 3;\n",
        "class App, constant App.MAX, method App.__construct, method App.get, interface I, method I.y, trait T, "
        "method T.t, enum Suit, function helper, constant LIMIT",
    ),
}


@pytest.mark.parametrize("path", SAMPLES)
def test_every_definition_of_a_language_is_found_and_qualified(path: str) -> None:
    text, expected = SAMPLES[path]
    assert ", ".join(f"{one.kind} {one.symbol}" for one in definitions_in(path, text)) == expected


# Path, text, and of its first definition: lines, signature, documentation.
HEADS = [
    ("a.py", '@cached(\n  1)\ndef f(a,\n      b="{"):\n    """Opens.\n\n    More."""\n', (1, 7), 'def f(a, b="{")', "Opens."),
    ("a.ts", "/**\n * Adds.\n *\n * @param a\n */\nexport function add(a: { b: string }) {}\n", (6, 6),
     "export function add(a: { b: string })", "Adds."),
    ("a.js", "x()\n\n/**\n * Sends.\n */\n\nres.send = function send(body) {\n}\n", (7, 8),
     "res.send = function send(body)", "Sends."),
    ("a.go", "// Run starts it\n// now.\nfunc (e *E) Run(a string) error {\n}\n", (3, 4),
     "func (e *E) Run(a string) error", "Run starts it now."),
    ("a.rs", "/// A point.\n#[derive(Debug)]\npub struct Point {\n  x: u8\n}\n", (2, 5), "pub struct Point", "A point."),
    ("A.java", "/** Makes. */\n@A(\"x\")\npublic class Gson {\n}\n", (2, 4), "public class Gson", "Makes."),
    ("a.c", "int x; // not about f\nstatic inline char *f(int a,\n    int b)\n{\n}\n", (2, 5),
     "static inline char *f(int a, int b)", ""),
    ("a.cpp", "// Adds.\ntemplate <class T>\nT add(T a) { return a; }\n", (2, 3), "T add(T a)", "Adds."),
    ("a.cs", "/// <summary>\n/// Doc.\n/// </summary>\nclass A { }\n", (4, 4), "class A", "Doc."),
    ("a.rb", "# Calls.\ndef call(env)\nend\n", (2, 3), "def call(env)", "Calls."),
    ("a.sh", "#!/bin/sh\n# Echoes.\nsay() {\n echo\n}\n", (3, 5), "say()", "Echoes."),
    ("a.ex", 'defmodule A do\n  @moduledoc """\n  Of A.\n  """\nend\n', (1, 5), "defmodule A", "Of A."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "text", "lines", "signature", "doc"), HEADS, ids=[head[0] for head in HEADS]
)
def test_a_definition_shows_its_head_and_the_first_paragraph_of_its_documentation(
    path: str, text: str, lines: tuple[int, int], signature: str, doc: str
) -> None:
    first = definitions_in(path, text)[-1 if path == "a.c" else 0]
    assert (first.start_line, first.end_line) == lines
    assert (first.signature, first.doc) == (signature, doc)


def test_the_name_is_the_last_part_of_the_symbol() -> None:
    inner = definitions_in("a.py", "class A:\n    def b(self): pass\n")[1]
    assert (inner.path, inner.name, inner.symbol) == ("a.py", "b", "A.b")


def test_signatures_and_documentation_have_a_longest_length() -> None:
    parameters = ", ".join(f"parameter_{n}" for n in range(500))
    found = definitions_in("a.py", f'def f({parameters}):\n    """{"word " * 500}"""\n')[0]
    assert len(found.signature) <= 300
    assert len(found.doc) <= 500
