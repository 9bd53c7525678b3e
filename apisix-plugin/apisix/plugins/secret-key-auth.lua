--- Key authentication for Apache APISIX by verdicts of the secret providers' runner.
--
-- This file is what APISIX loads: the schema and the phases. The modules in the directory secret-key-auth do
-- the work. They ask the runner which credential a key belongs to, remember the verdict in this worker, and
-- forget it when the runner sends an event. See docs/how-to/companion.md and docs/reference/companion-protocol.md.
--
-- The modules use only what APISIX ships. Their state belongs to one worker, and code between two yields is
-- not interrupted. Each module knows those above it in this list only:
--
--     log, digest, consumers, refusals, verdicts, identity_headers
--     runner      verdict calls
--     events      the event stream
--     questions   one question for each key at a time
--     decisions   memory first, then a question
--     rewrite     where the key is in a request, and the answers

local core = require("apisix.core")
local schema_def = require("apisix.schema_def")

local pairs = pairs
local pcall = pcall
local require = require
local type = type
local find = string.find
local package = package

local plugin_name = "secret-key-auth"
local MODULES = "apisix.plugins." .. plugin_name .. "."

local schema = {
    type = "object",
    properties = {
        header = {
            type = "string",
            default = "apikey",
        },
        query = {
            type = "string",
            default = "apikey",
        },
        realm = schema_def.get_realm_schema("key"),
        hide_credentials = {
            type = "boolean",
            default = false,
        },
        anonymous_consumer = schema_def.anonymous_consumer_schema,
        -- seconds for which a verdict is used without a question
        verdict_ttl = {
            type = "number",
            minimum = 0,
            maximum = 3600,
            default = 5,
        },
        -- seconds more while the runner cannot be asked
        grace = {
            type = "number",
            minimum = 0,
            maximum = 86400,
            default = 30,
        },
        -- of one worker; the largest value of all routes counts
        max_verdicts = {
            type = "integer",
            minimum = 1,
            maximum = 10000000,
            default = 100000,
        },
    },
}

local _M = {
    version = 0.1,
    -- Next to key-auth: before all plugins that use the consumer.
    priority = 2501,
    type = "auth",
    name = plugin_name,
    schema = schema,
}


--- Checks the plugin's configuration and fills in the defaults.
function _M.check_schema(conf, schema_type)
    if schema_type == core.schema.TYPE_CONSUMER then
        return false, plugin_name .. " is for routes and services; a consumer's key belongs in key-auth"
    end
    return core.schema.check(schema, conf)
end


local events
local loaded, phase = pcall(require, MODULES .. "rewrite")
if loaded then
    events = require(MODULES .. "events")
    _M.rewrite = phase.rewrite
else
    core.log.error(plugin_name, ": its modules cannot be loaded, so its routes answer 503: ", phase)

    --- Refuses each request. APISIX would serve routes without a plugin that fails to load.
    function _M.rewrite()
        return 503, { message = "Credentials cannot be checked at the moment" }
    end
end


--- Ends the event stream and unloads the modules, so that APISIX loads new ones with an empty memory.
--
-- APISIX calls it before it reloads its plugins. It unloads only this file by itself.
function _M.destroy()
    if events then
        events.stop()
    end
    for name in pairs(package.loaded) do
        if type(name) == "string" and find(name, MODULES, 1, true) == 1 then
            package.loaded[name] = nil
        end
    end
end


return _M
