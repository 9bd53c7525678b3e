std = "ngx_lua"
max_line_length = 140
-- Methods that need no self are methods all the same.
self = false
files["spec/*_spec.lua"] = { std = "+busted", globals = { "ngx" } }
files["spec/world.lua"] = { globals = { "ngx" } }
files["spec/stand-in/gateway.lua"] = { globals = { "ngx" } }
