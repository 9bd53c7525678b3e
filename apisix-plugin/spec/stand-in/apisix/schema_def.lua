-- The schemas that native key-auth uses of apisix/schema_def.lua.

return {
    anonymous_consumer_schema = { type = "string", minLength = 1 },
    get_realm_schema = function(default)
        return { type = "string", default = default, minLength = 1, maxLength = 128 }
    end,
}
