--- Basic authentication for Apache APISIX by verdicts of the secret providers' runner.
--
-- This file is what APISIX loads: the schema and the phases. The modules in the directory secret-providers do the
-- work; secret-key-auth.lua lists them.

local core = require("apisix.core")
local schema_def = require("apisix.schema_def")

local pcall = pcall
local require = require

local plugin_name = "secret-basic-auth"

-- What is remembered, and how long, is said by `decisions.settings`.
local schema = {
    type = "object",
    properties = {
        realm = schema_def.get_realm_schema("basic"),
        hide_credentials = {
            type = "boolean",
            default = false,
        },
        anonymous_consumer = schema_def.anonymous_consumer_schema,
    },
}

local _M = {
    version = 0.1,
    -- Next to basic-auth: before all plugins that use the consumer.
    priority = 2521,
    type = "auth",
    name = plugin_name,
    schema = schema,
}


--- Checks the plugin's configuration and fills in the defaults.
function _M.check_schema(conf, schema_type)
    if schema_type == core.schema.TYPE_CONSUMER then
        return false, plugin_name .. " is for routes and services; a consumer's user name and password belong in basic-auth"
    end
    return core.schema.check(schema, conf)
end


-- Refuses each request. APISIX would serve routes without a plugin that fails to load.
local function refuse()
    return 503, { message = "Credentials cannot be checked at the moment" }
end

local loaded, complete = pcall(require, "apisix.plugins.secret-providers.phases")
if loaded then
    complete(_M, "basic_auth", refuse)
else
    core.log.error(plugin_name, ": its modules cannot be loaded, so its routes answer 503: ", complete)
    _M.rewrite = refuse
end


return _M
