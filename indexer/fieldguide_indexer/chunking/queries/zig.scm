(VarDecl variable_type_function: (_) @name (ErrorUnionExpr (SuffixExpr (ContainerDecl)))) @struct
(Decl (FnProto function: (_) @name)) @function
(source_file (Decl (VarDecl variable_type_function: (_) @name)) @constant (#not-match? @constant "@import"))
(TestDecl (STRINGLITERALSINGLE) @name) @test
[(doc_comment) (line_comment)] @comment
