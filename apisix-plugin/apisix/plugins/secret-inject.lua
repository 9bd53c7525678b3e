--- Sends secrets to the upstream, in headers, query arguments and cookies.
--
-- This file is what APISIX loads: the schema and the phases. The modules in the directory secret-providers do the
-- work; secret-key-auth.lua lists them. See docs/how-to/inject.md.

local core = require("apisix.core")

local ipairs = ipairs
local pairs = pairs
local pcall = pcall
local require = require
local type = type
local find = string.find
local lower = string.lower

local plugin_name = "secret-inject"
local PLACES = { "headers", "query", "cookies" }

local values_by_name = {
    type = "object",
    maxProperties = 64,
    additionalProperties = {
        type = "string",
        minLength = 1,
        maxLength = 8192,
    },
}

local schema = {
    type = "object",
    properties = {
        headers = values_by_name,
        query = values_by_name,
        cookies = values_by_name,
        -- seconds for which a value is used without a question
        value_ttl = {
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
    },
    additionalProperties = false,
}

local _M = {
    version = 0.1,
    -- After all plugins that identify the consumer or change the request, so that no other plugin passes the secret on.
    priority = -1990,
    name = plugin_name,
    schema = schema,
}

-- Returns what is wrong with a value, or nil. The runner checks the rest of it.
local function problem_of(value)
    local text = lower(value)
    if find(text, "$secret://", 1, true) or find(text, "$env://", 1, true) then
        return "put the reference into braces, as ${secret://manager/id/path}: APISIX resolves a string that begins"
               .. " with $secret:// or $env:// by itself, and keeps the old value after a rotation"
    end
    if not find(text, "${secret://", 1, true) and not find(text, "${env://", 1, true) then
        return "holds no reference; write one as ${secret://manager/id/path}, and set values that are no secrets with"
               .. " proxy-rewrite"
    end
    return nil
end


--- Checks the plugin's configuration and fills in the defaults.
function _M.check_schema(conf, _)
    local ok, err = core.schema.check(schema, conf)
    if not ok then
        return false, err
    end
    local found = false
    for _, place in ipairs(PLACES) do
        for name, value in pairs(conf[place] or {}) do
            found = true
            local problem = type(value) == "string" and problem_of(value) or type(value) ~= "string" and "must be a string"
            if problem then
                return false, place .. "." .. name .. ": " .. problem
            end
        end
    end
    if not found then
        return false, "names nothing to inject; write headers, query or cookies"
    end
    return true
end


-- Refuses each request. APISIX would serve routes without a plugin that fails to load.
local function refuse()
    return 503, { message = "A secret for the upstream is not available" }
end

local loaded, complete = pcall(require, "apisix.plugins.secret-providers.phases")
if loaded then
    complete(_M, "injection", refuse)
else
    core.log.error(plugin_name, ": its modules cannot be loaded, so its routes answer 503: ", complete)
    _M.rewrite = refuse
end


return _M
