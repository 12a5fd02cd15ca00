(config_file (body (block . (identifier) . (string_lit) @name . (block_start)) @block))
(config_file (body (block . (identifier) . (string_lit) @owner . (string_lit) @name) @block))
(config_file (body (block . (identifier) @name . (block_start)) @block))
(comment) @comment
