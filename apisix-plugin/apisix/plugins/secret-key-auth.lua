--- Key authentication for Apache APISIX by verdicts of the secret providers' runner.
--
-- This file is what APISIX loads: the schema and the phases. The modules in the directory secret-providers do
-- the work, for this and other kinds of credentials. They ask the runner which consumer a credential belongs to,
-- remember the verdict in this worker, and forget it when the runner sends an event. See docs/how-to/companion.md
-- and docs/reference/companion-protocol.md.
--
-- The modules use only what APISIX ships. Their state belongs to one worker, and code between two yields is
-- not interrupted. The plugins share it. Each module knows those above it in this list only:
--
--     socket, clock, random, log, calls, consumers, refusals, rows, values, identity_headers, cookies, key_places, signatures
--     verdicts        what is remembered of good credentials, in rows
--     neighbours      what other workers know
--     digest          of credentials
--     runner          verdict calls
--     shared          one answer for requests with the same question
--     events          the event stream
--     uses            reports of uses of remembered verdicts
--     questions       one question for each credential at a time
--     decisions       memory first, then a question
--     authentication  the answers, and the consumer of an accepted request
--     injection       values for upstreams: memory first, then a question
--     key_auth, basic_auth, jwt_auth, hmac_auth
--                     where the credential is in a request
--     phases          completes the plugin files

local core = require("apisix.core")
local schema_def = require("apisix.schema_def")

local ipairs = ipairs
local pcall = pcall
local require = require
local lower = string.lower

local plugin_name = "secret-key-auth"

-- What is remembered, and how long, is said by `decisions.settings`.
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
        -- Not in key-auth: further headers, tried in this order after `header`
        headers = {
            type = "array",
            items = {
                type = "string",
                minLength = 1,
            },
            uniqueItems = true,
        },
        -- Not in key-auth: whether Authorization: Bearer may carry the key, after the headers
        bearer = {
            type = "boolean",
            default = false,
        },
        -- Not in key-auth: a cookie, after the query argument
        cookie = {
            type = "string",
            minLength = 1,
        },
        realm = schema_def.get_realm_schema("key"),
        hide_credentials = {
            type = "boolean",
            default = false,
        },
        anonymous_consumer = schema_def.anonymous_consumer_schema,
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
    local ok, err = core.schema.check(schema, conf)
    if not ok then
        return false, err
    end
    local authorization = lower(conf.header) == "authorization"
    for _, name in ipairs(conf.headers or {}) do
        if lower(name) == lower(conf.header) then
            return false, "headers must not name the header of the field header"
        end
        authorization = authorization or lower(name) == "authorization"
    end
    if conf.bearer and authorization then
        return false, "bearer reads the header Authorization, so header and headers may not name it"
    end
    return true
end


-- Refuses each request. APISIX would serve routes without a plugin that fails to load.
local function refuse()
    return 503, { message = "Credentials cannot be checked at the moment" }
end

local loaded, complete = pcall(require, "apisix.plugins.secret-providers.phases")
if loaded then
    complete(_M, "key_auth", refuse)
else
    core.log.error(plugin_name, ": its modules cannot be loaded, so its routes answer 503: ", complete)
    _M.rewrite = refuse
end


return _M
