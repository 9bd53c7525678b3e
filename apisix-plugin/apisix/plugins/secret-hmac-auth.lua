--- Authentication by signatures (HMAC) for Apache APISIX by verdicts of the secret providers' runner.
--
-- This file is what APISIX loads: the schema and the phases. The modules in the directory secret-providers do the
-- work; secret-key-auth.lua lists them.

local core = require("apisix.core")
local schema_def = require("apisix.schema_def")

local ipairs = ipairs
local pcall = pcall
local require = require
local lower = string.lower

local plugin_name = "secret-hmac-auth"
local ALGORITHMS = { "hmac-sha1", "hmac-sha256", "hmac-sha512" }

local schema = {
    type = "object",
    properties = {
        allowed_algorithms = {
            type = "array",
            minItems = 1,
            items = {
                type = "string",
                enum = ALGORITHMS,
            },
            default = ALGORITHMS,
        },
        -- seconds
        clock_skew = {
            type = "integer",
            minimum = 1,
            default = 300,
        },
        signed_headers = {
            type = "array",
            items = {
                type = "string",
                minLength = 1,
                maxLength = 50,
            },
            default = { "date" },
        },
        validate_request_body = {
            type = "boolean",
            default = false,
        },
        -- bytes, if the body is validated
        max_req_body_size = {
            type = "integer",
            minimum = 1,
            default = 67108864,
        },
        -- seconds in which a signature counts once; absent: it may count again
        replay_window = {
            type = "integer",
            minimum = 1,
            maximum = 86400,
        },
        realm = schema_def.get_realm_schema("hmac"),
        hide_credentials = {
            type = "boolean",
            default = false,
        },
        anonymous_consumer = schema_def.anonymous_consumer_schema,
    },
}

local _M = {
    version = 0.1,
    -- Next to hmac-auth: before all plugins that use the consumer.
    priority = 2531,
    type = "auth",
    name = plugin_name,
    schema = schema,
}


--- Checks the plugin's configuration and fills in the defaults.
function _M.check_schema(conf, schema_type)
    if schema_type == core.schema.TYPE_CONSUMER then
        return false, plugin_name .. " is for routes and services; a consumer's keys belong in hmac-auth"
    end
    local ok, err = core.schema.check(schema, conf)
    if not ok or not conf.replay_window then
        return ok, err
    end
    if conf.replay_window < 2 * conf.clock_skew then
        return false, "replay_window must be at least twice clock_skew: a signature would count again while its date is valid"
    end
    for _, name in ipairs(conf.signed_headers) do
        if lower(name) == "date" then
            return true
        end
    end
    return false, "replay_window needs date in signed_headers: the date of a signed request could be replaced"
end


-- Refuses each request. APISIX would serve routes without a plugin that fails to load.
local function refuse()
    return 503, { message = "Credentials cannot be checked at the moment" }
end

local loaded, complete = pcall(require, "apisix.plugins.secret-providers.phases")
if loaded then
    complete(_M, "hmac_auth", refuse)
else
    core.log.error(plugin_name, ": its modules cannot be loaded, so its routes answer 503: ", complete)
    _M.rewrite = refuse
end


return _M
